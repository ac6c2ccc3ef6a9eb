import { fstatSync, openSync, readSync, realpathSync } from 'node:fs'
import { boot } from './boot.ts'
import { showLicenses } from './show-licenses.ts'
import { buildOf, type Source } from './source.ts'

/** Where the parts stand, put in by scripts/single.mjs: bytes from the end of the file, length, first line. */
declare const PARTS: Readonly<Record<string, readonly [number, number, string]>>

/** A line feed of a part: a part stands in a comment of one line, for that is what V8 reads over the fastest. */
const LINE_FEED = '\u0001'

const self = typeof __filename === 'string' ? __filename : realpathSync(process.argv[1] ?? '')
// Open as long as we run: whatever becomes of the file, the parts that are read later are those of this version.
const fd = openSync(self, 'r')

function part(name: string): string {
  const [fromEnd, length, firstLine] = PARTS[name] ?? [0, 0, '']
  const bytes = Buffer.allocUnsafe(length)
  const read = readSync(fd, bytes, 0, length, fstatSync(fd).size - fromEnd)
  const text = bytes.toString('latin1').replaceAll(LINE_FEED, '\n')
  if (length === 0 || read !== length || !text.startsWith(firstLine)) {
    throw new Error(`${self} is damaged or was changed while it ran: compare its checksum`)
  }
  return text
}

function source(name: string): Source {
  let text: string | undefined
  return { build: buildOf(PARTS[name]?.[2] ?? ''), text: () => (text ??= part(name)) }
}

const argv = process.argv.slice(2)
if (argv[0] === '--licenses') showLicenses(part('licenses'))
else void boot(`${self}.cjs`, argv, require, (path) => source(path.slice(self.length)))
