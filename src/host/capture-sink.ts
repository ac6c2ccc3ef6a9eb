import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, statSync, writeSync, constants } from 'node:fs'
import { createHash } from 'node:crypto'
import { sameFile } from '../decide/logs/rotation-state.ts'
import { openOutput, type FileOutput } from './log-output.ts'

/** The log that captured output is written to. */
export interface CaptureSink {
  /** Writes what was made of `input`, then has the input consumed; killed in between, it is made up for the next time. */
  write(output: Buffer, input: Buffer, consume: () => void): void
  /** How much of what is in the pipe has been written by a reader that was killed before it could consume it. */
  alreadyWritten(input: Buffer): number
  /** Opens the log again if it was renamed. Gives its size. */
  refresh(): number
  close(): void
}

/** Written before each write and wiped out after it, always of one length. */
interface Note {
  readonly device: number
  readonly inode: number
  /** Where the output begins, and how long it is. */
  readonly from: number
  readonly output: number
  readonly input: number
  readonly digest: string
}

const NOTE_LENGTH = 200

/** Throws what the system says when a write fails; nothing is consumed then, and what was written in part is taken back. */
export function fileSink(target: FileOutput, notePath: string): CaptureSink {
  const note = openSync(notePath, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  const left = readNote(notePath)
  let fd = open(target)
  const refresh = (): number => {
    const [ours, there] = [fstatSync(fd), statSync(target.path, { throwIfNoEntry: false })]
    if (there?.ino === ours.ino && there.dev === ours.dev) return ours.size
    closeSync(fd)
    fd = open(target)
    return fstatSync(fd).size
  }
  return {
    write(output, input, consume) {
      const { size, dev, ino } = fstatSync(fd)
      writeNote(note, {
        device: dev,
        inode: ino,
        from: size,
        output: output.length,
        input: input.length,
        digest: digestOf(input),
      })
      try {
        for (let written = 0; written < output.length;) written += writeSync(fd, output, written)
      } catch (error) {
        takeBack(fd, size)
        throw error
      }
      consume()
      writeNote(note, undefined)
    },
    alreadyWritten(input) {
      if (left === undefined || left.input > input.length) return 0
      if (digestOf(input.subarray(0, left.input)) !== left.digest) return 0
      const { size, dev, ino } = fstatSync(fd)
      // Renamed since: of one write(2) hardly ever a part is done.
      if (!sameFile({ device: dev, inode: ino }, left)) return left.input
      if (size >= left.from + left.output) return left.input
      if (size > left.from) ftruncateSync(fd, left.from)
      return 0
    },
    refresh,
    close() {
      closeSync(fd)
      closeSync(note)
    },
  }
}

function open(target: FileOutput): number {
  const opened = openOutput(target)
  if (opened.ok) return opened.value
  throw new Error(opened.error.message)
}

function takeBack(fd: number, size: number): void {
  try {
    ftruncateSync(fd, size)
  } catch {
    // A device cannot be shortened; what was written there is gone.
  }
}

const digestOf = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex')

function writeNote(fd: number, note: Note | undefined): void {
  writeSync(fd, (note === undefined ? '' : JSON.stringify(note)).padEnd(NOTE_LENGTH), 0)
}

function readNote(path: string): Note | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isNote(note) ? note : undefined
  } catch {
    return undefined
  }
}

function isNote(value: unknown): value is Note {
  if (typeof value !== 'object' || value === null) return false
  const counts = ['device', 'inode', 'from', 'output', 'input'].every((key) =>
    Number.isSafeInteger(Reflect.get(value, key)),
  )
  return counts && typeof Reflect.get(value, 'digest') === 'string'
}
