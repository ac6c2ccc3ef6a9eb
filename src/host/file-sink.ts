import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  write as writeLater,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Bytes } from '../base/size.ts'
import { sameFile } from '../decide/logs/rotation-state.ts'
import type { CaptureSink, Portion } from './capture-sink.ts'
import { openOutput } from './log-output.ts'

export interface FileSinkOptions {
  /** Where a reader notes what it is about to write, for the one after it. */
  readonly note: string
  /** Of a new log. */
  readonly mode: number
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
}

/** Written before each write and wiped out when what it was made of has been consumed, always of one length. */
interface Note {
  readonly device: number
  readonly inode: number
  /** Where the output begins, and how long it is. */
  readonly from: Bytes
  readonly output: Bytes
  /** What it was made of, and how much was staged then. */
  readonly input: Bytes
  readonly staged: Bytes
}

const NOTE_LENGTH = 160
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
  let placing = openForPlacing(fd)
  const refresh = (): Bytes => {
    const [ours, there] = [fstatSync(fd), statSync(path, { throwIfNoEntry: false })]
    if (there?.ino === ours.ino && there.dev === ours.dev) return ours.size
    const renewed = open()
    closeSync(fd)
    if (placing !== undefined) closeSync(placing)
    fd = renewed
    placing = openForPlacing(fd)
    return fstatSync(fd).size
  }
  /** Notes it, has it written, or takes back what was written of it. */
  const noted = (output: Bytes, { input, staged }: Portion, put: (size: Bytes) => void, consume: () => void): void => {
    const { size, dev, ino } = fstatSync(fd)
    writeNote(note, { device: dev, inode: ino, from: size, output, input, staged })
    try {
      put(size)
    } catch (error) {
      takeBack(fd, size)
      throw error
    }
    consume()
    writeSync(note, NO_NOTE, 0, NOTE_LENGTH, 0)
  }
  return {
    write(output, portion, consume) {
      const put = (): void => {
        for (let written = 0; written < output.length;) written += writeSync(fd, output, written)
      }
      noted(output.length, portion, put, consume)
    },
    ...(placing === undefined
      ? {}
      : {
          pass(copyTo: (to: number, offset: number) => void, portion: Portion, consume: () => void) {
            noted(portion.input, portion, (size) => copyTo(placing ?? fd, size), consume)
          },
        }),
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
    resume(staged, consume) {
      // What was consumed is no longer staged, and nothing more is staged before the note is wiped out.
      if (left !== undefined && staged === left.staged && wasWritten(left, path)) consume(left.input)
      writeSync(note, NO_NOTE, 0, NOTE_LENGTH, 0)
    },
    refresh,
    abort() {},
    close() {
      closeSync(fd)
      closeSync(note)
      if (placing !== undefined) closeSync(placing)
    },
  }
}

/** splice(2) does not append: it is told the place. What is no regular file, or may only be appended to, has none. */
function openForPlacing(fd: number): number | undefined {
  try {
    return fstatSync(fd).isFile() ? openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY) : undefined
  } catch {
    return undefined
  }
}

/** If only a part was, that is taken back. */
function wasWritten(left: Note, path: string): boolean {
  const holder = openHolder(left, path)
  // Compressed since, or removed by somebody.
  if (holder === undefined) return true
  const end = fstatSync(holder).size
  const written = end >= left.from + left.output
  if (!written && end > left.from) ftruncateSync(holder, left.from)
  closeSync(holder)
  return written
}

/** The file that was written to: the log, or what it was renamed to since. Undefined: it is gone. */
function openHolder({ device, inode }: Note, path: string): number | undefined {
  const real = realpathSync(path)
  const directory = dirname(real)
  const others = readdirSync(directory).filter((name) => name.startsWith(`${basename(real)}.`))
  for (const name of [basename(real), ...others]) {
    try {
      const fd = openSync(join(directory, name), constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      const { dev, ino } = fstatSync(fd)
      if (sameFile({ device: dev, inode: ino }, { device, inode })) return fd
      closeSync(fd)
    } catch {
      // A link, a directory, or gone by now.
    }
  }
  return undefined
}

const writeTo = promisify(writeLater)

function takeBack(fd: number, size: number): void {
  try {
    ftruncateSync(fd, size)
  } catch {
    // A device cannot be shortened; what was written there is gone.
  }
}

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
  return ['device', 'inode', 'from', 'output', 'input', 'staged'].every((key) =>
    Number.isSafeInteger(Reflect.get(value, key)),
  )
}
