/** What is kept of a file of parts: the names of those that a command uses and, once it is known, their compiled form. */
export interface Kept {
  readonly names: readonly string[]
  readonly code: Buffer | undefined
}

/** No name of a part has either. */
const BETWEEN = '\n'
const END = 0

export function keptOf(names: readonly string[], code: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from(names.join(BETWEEN), 'latin1'), Buffer.of(END), code])
}

/** Nothing is kept in what cannot be understood, or speaks of other parts. V8 itself sees damaged code. */
export function keptFrom(bytes: Buffer | undefined, isPart: (name: string) => boolean): Kept {
  const end = bytes?.indexOf(END) ?? -1
  if (bytes === undefined || end <= 0) return { names: [], code: undefined }
  const names = bytes.toString('latin1', 0, end).split(BETWEEN)
  if (!names.every(isPart)) return { names: [], code: undefined }
  return { names, code: bytes.length > end + 1 ? bytes.subarray(end + 1) : undefined }
}
