/** What is kept of a file of parts: the names of those that a command uses and, once it is known, their compiled form. */
export interface Kept {
  readonly names: readonly string[]
  readonly compiled: Compiled | undefined
}

/** V8 compiles what a run asks for besides from the text, so both belong together. */
export interface Compiled {
  /** Of all parts named, as one script, in ASCII. */
  readonly text: string
  readonly code: Buffer
}

/** No name of a part has either. */
const BETWEEN = '\n'
const END = 0

const NOTHING: Kept = { names: [], compiled: undefined }

export function keptOf(names: readonly string[], compiled?: Compiled): Buffer {
  const head = Buffer.from(`${names.join(BETWEEN)}\0`, 'latin1')
  if (compiled === undefined) return head
  const { text, code } = compiled
  return Buffer.concat([head, Buffer.from(`${text.length}\0`, 'latin1'), Buffer.from(text, 'latin1'), code])
}

/** Nothing is kept in what cannot be understood. V8 itself sees damaged code. */
export function keptFrom(bytes: Buffer | undefined): Kept {
  const end = bytes?.indexOf(END) ?? -1
  if (bytes === undefined || end <= 0) return NOTHING
  const names = bytes.toString('latin1', 0, end).split(BETWEEN)
  if (bytes.length === end + 1) return { names, compiled: undefined }
  const begin = bytes.indexOf(END, end + 1) + 1
  const length = begin === 0 ? NaN : Number(bytes.toString('latin1', end + 1, begin - 1))
  if (!Number.isInteger(length) || length <= 0 || begin + length >= bytes.length) return NOTHING
  const text = bytes.toString('latin1', begin, begin + length)
  return { names, compiled: { text, code: bytes.subarray(begin + length) } }
}
