import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  write as writeLater,
  writeSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { sameFile } from '../decide/logs/rotation-state.ts'
import type { CaptureSink } from './capture-sink.ts'
import { openOutput } from './log-output.ts'

export interface FileSinkOptions {
  /** Where a reader notes what it is about to write, for the one after it. */
  readonly note: string
  /** Of a new log. */
  readonly mode: number
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
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
const NO_NOTE = Buffer.alloc(NOTE_LENGTH, ' ')

/** A log of our own. It is opened again as soon as it has another name. */
export function fileSink(path: string, options: FileSinkOptions): CaptureSink {
  const note = openSync(options.note, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  const left = readNote(options.note)
  const open = (): number => {
    const opened = openOutput({ kind: 'file', path, mode: options.mode, owner: options.owner })
    if (opened.ok) return opened.value
    throw new Error(opened.error.message)
  }
  let fd = open()
  const refresh = (): number => {
    const [ours, there] = [fstatSync(fd), statSync(path, { throwIfNoEntry: false })]
    if (there?.ino === ours.ino && there.dev === ours.dev) return ours.size
    const renewed = open()
    closeSync(fd)
    fd = renewed
    return fstatSync(fd).size
  }
  return {
    write(output, input, consume) {
      const { size, dev, ino } = fstatSync(fd)
      const about = { device: dev, inode: ino, from: size, output: output.length, input: input.length }
      writeNote(note, { ...about, digest: digestOf(input) })
      try {
        for (let written = 0; written < output.length;) written += writeSync(fd, output, written)
      } catch (error) {
        takeBack(fd, size)
        throw error
      }
      consume()
      writeSync(note, NO_NOTE, 0, NOTE_LENGTH, 0)
    },
    async append(output) {
      const { size } = fstatSync(fd)
      try {
        for (let written = 0; written < output.length;) {
          const { bytesWritten } = await writeTo(fd, output, written, output.length - written)
          written += bytesWritten
        }
      } catch (error) {
        takeBack(fd, size)
        throw error
      }
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
    abort() {},
    close() {
      closeSync(fd)
      closeSync(note)
    },
  }
}

const writeTo = promisify(writeLater)

function takeBack(fd: number, size: number): void {
  try {
    ftruncateSync(fd, size)
  } catch {
    // A device cannot be shortened; what was written there is gone.
  }
}

const digestOf = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex')

function writeNote(fd: number, note: Note): void {
  writeSync(fd, JSON.stringify(note).padEnd(NOTE_LENGTH), 0)
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
