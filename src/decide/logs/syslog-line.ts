import type { Bytes } from '../../base/size.ts'

/** What most syslog daemons take at once. rsyslog.conf(5), MaxMessageSize; RFC 5424, 6.1 asks for 2048. */
const LONGEST: Bytes = 8_000
const NEWLINE = 0x0a
/** The facility "daemon". RFC 5424, 6.2.1 */
const DAEMON = 3
const INFO = 6
const PRIORITY_LENGTH = 3

/** Datagrams for /dev/log of lines that begin with a priority, `<6>`; the time is added there. RFC 3164 */
export function* syslogDatagrams(lines: Buffer, name: string): Generator<Buffer> {
  for (let start = 0; start < lines.length;) {
    const found = lines.indexOf(NEWLINE, start)
    const end = found === -1 ? lines.length : found
    const line = lines.subarray(start, end)
    start = end + 1
    const said = /^<([0-7])>/.exec(line.toString('latin1', 0, PRIORITY_LENGTH))?.[1]
    const text = said === undefined ? line : line.subarray(PRIORITY_LENGTH)
    const head = Buffer.from(`<${DAEMON * 8 + Number(said ?? INFO)}>${name}: `)
    // An empty line says nothing there.
    for (let at = 0; at < text.length; at += LONGEST) yield Buffer.concat([head, text.subarray(at, at + LONGEST)])
  }
}
