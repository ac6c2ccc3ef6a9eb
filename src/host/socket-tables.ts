/** PURE: the kernel's tables of sockets, as /proc/net has them. proc_net(5) */

export type SocketAddress =
  | { readonly protocol: 'tcp' | 'udp'; readonly address: string; readonly port: number }
  | { readonly protocol: 'unix'; readonly path: string }

export type InternetTable = 'tcp' | 'tcp6' | 'udp' | 'udp6'

/** States of the kernel's include/net/tcp_states.h: TCP_LISTEN; a UDP socket without a peer is in TCP_CLOSE. */
const WAITING = { tcp: '0A', udp: '07' } as const
/** __SO_ACCEPTCON in the flags of a unix socket: it listens. */
const LISTENS = 0x10000

/** The sockets that wait for anybody, by inode. */
export function parseInternet(
  text: string,
  table: InternetTable,
  byteOrder: 'LE' | 'BE',
): ReadonlyMap<number, SocketAddress> {
  const protocol = table.startsWith('tcp') ? 'tcp' : 'udp'
  const found = new Map<number, SocketAddress>()
  for (const line of text.split('\n').slice(1)) {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    if (state !== WAITING[protocol] || inode === undefined || !/^(?:[0-9A-F]{8}){1,4}$/.test(address)) continue
    found.set(Number(inode), { protocol, address: addressOf(address, byteOrder), port: Number.parseInt(port, 16) })
  }
  return found
}

/** The listening stream sockets that have a name, by inode. An abstract one begins with "@". unix(7) */
export function parseUnix(text: string): ReadonlyMap<number, SocketAddress> {
  const found = new Map<number, SocketAddress>()
  for (const line of text.split('\n').slice(1)) {
    const match = /^\S+ \S+ \S+ (\S+) (\S+) \S+ +(\d+) (.+)$/.exec(line)
    if (match === null) continue
    const [, flags = '', type = '', inode = '', path = ''] = match
    const isStream = type === '0001' || type === '0005'
    if (isStream && (Number.parseInt(flags, 16) & LISTENS) !== 0) found.set(Number(inode), { protocol: 'unix', path })
  }
  return found
}

/** The kernel prints words of 32 bits in its own byte order. */
function addressOf(hex: string, byteOrder: 'LE' | 'BE'): string {
  const bytes = Buffer.from(hex, 'hex')
  if (byteOrder === 'LE') bytes.swap32()
  return bytes.length === 4 ? [...bytes].join('.') : ipv6Of(bytes)
}

function ipv6Of(bytes: Buffer): string {
  const mapped = bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'))
  if (mapped) return `::ffff:${[...bytes.subarray(12)].join('.')}`
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  // The longest run of zeros, if there are at least two, is written "::". RFC 5952
  const runs = groups.join(':').match(/\b0(?::0)+\b/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return groups.join(':')
  const text = groups.join(':')
  const at = text.search(new RegExp(`(?<![0-9a-f])${longest}(?![0-9a-f])`))
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`
}
