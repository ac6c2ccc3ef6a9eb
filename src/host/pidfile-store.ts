import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  readlinkSync,
  realpathSync,
  statfsSync,
  unlinkSync,
  type Stats,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Failure } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import { trustOf, type Trust } from '../decide/pidfile-trust.ts'
import { parsePidfile, type PidfileContent, type PidfileReading } from '../decide/pidfile.ts'
import { writeAtomically } from './atomic-file.ts'
import { inDirectory } from './directory.ts'
import type { FileFactsGatherer, GatheredFacts } from './file-facts.ts'
import type { PidfileStore } from './host.ts'
import { pathChanged } from './path-watch.ts'
import { errorCode, explain } from './system-error.ts'

/** A pidfile holds a number and perhaps some lines more (postgres writes eight). */
const LONGEST = 4096
/** statfs(2), the types of file systems in memory. */
const TMPFS = 0x01021994
const RAMFS = 0x858458f6
/** A link to a link to a link: more is a loop or a game. */
const MOST_LINKS = 8
const MOST_TRIES = 5

const bytes = Buffer.allocUnsafe(LONGEST)

export class DiskPidfileStore implements PidfileStore {
  readonly #uid: number
  readonly #options: { readonly pidMax: number }
  readonly #facts: FileFactsGatherer
  /** By device: whether it is in memory only. */
  readonly #volatile = new Map<number, boolean>()

  constructor(options: { readonly uid: number; readonly pidMax: number; readonly facts: FileFactsGatherer }) {
    this.#uid = options.uid
    this.#options = options
    this.#facts = options.facts
  }

  /** Whatever lies at the path, this neither blocks (a FIFO would) nor throws. */
  read(path: string, known?: { readonly stamp: string; readonly pid: number }): PidfileReading {
    const unchanged = known === undefined ? undefined : readUnchanged(path, known)
    if (unchanged !== undefined) return unchanged
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const reading = this.#readOnce(path)
      if (reading !== undefined) return reading
    }
    return { kind: 'unreadable', why: 'it keeps changing' }
  }

  write(path: string, pid: number): Result<void, Failure> {
    const stage = 'preparing files'
    return inDirectory(dirname(path), { uid: this.#uid, stage, make: { mode: 0o755 } }, (within) =>
      writeAtomically(path, `${pid}\n`, { mode: 0o644, stage, within }),
    )
  }

  /** Of a link the target: that is the file that was read. */
  remove(path: string, expected: PidfileReading): void {
    if (expected.kind !== 'read') return
    const now = this.read(path)
    if (now.kind !== 'read' || now.file !== expected.file || now.writtenAt !== expected.writtenAt) return
    if (!sameContent(now.content, expected.content)) return
    try {
      unlinkSync(realpathSync(path))
    } catch {
      // Gone already, or not ours to remove: a pidfile that stays is found to be stale by whoever reads it next.
    }
  }

  changed(path: string, signal: AbortSignal): Promise<void> {
    return pathChanged(path, signal)
  }

  /** Undefined: a daemon wrote it anew between looking and opening; the new file has facts of its own. */
  #readOnce(path: string): PidfileReading | undefined {
    try {
      const facts = this.#facts.gather(path)
      if (facts.stats.isDirectory()) {
        return { kind: 'refused', why: 'it is a directory', remedy: `name the pidfile in ${path}` }
      }
      const trust = this.#trust(facts)
      if (trust.kind === 'refused') return trust
      return this.#readTrusted(facts, trust)
    } catch (error) {
      return this.#without(path, error)
    }
  }

  /** The least that can be said of any link on the way and of the file at its end. */
  #trust(facts: GatheredFacts): Trust {
    let worst = trustOf(facts, this.#uid)
    let link = facts
    for (let links = 1; link.isSymlink && worst.kind !== 'refused'; links += 1) {
      if (links > MOST_LINKS) return { kind: 'refused', why: 'it is a chain of links', remedy: 'name the file itself' }
      link = this.#facts.gather(resolve(dirname(link.path), readlinkSync(link.path)))
      const trust = trustOf(link, this.#uid)
      if (trust.kind !== 'trusted') worst = trust
    }
    return worst
  }

  #readTrusted(facts: GatheredFacts, trust: Trust): PidfileReading | undefined {
    const follow = facts.isSymlink ? 0 : constants.O_NOFOLLOW
    const fd = openSync(facts.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | follow)
    try {
      const stats = fstatSync(fd)
      if (stats.ino !== facts.stats.ino || stats.dev !== facts.stats.dev) return undefined
      const text = bytes.toString('latin1', 0, readSync(fd, bytes, 0, LONGEST, 0))
      return {
        kind: 'read',
        content: parsePidfile(text, this.#options.pidMax),
        writtenAt: stats.mtimeMs,
        file: `${stats.dev}:${stats.ino}`,
        stamp: stampOf(stats),
        volatile: this.#isVolatile(facts.path, stats.dev),
        doubt: trust.kind === 'doubtful' ? { why: trust.why, writer: trust.writer } : undefined,
      }
    } finally {
      closeSync(fd)
    }
  }

  #without(path: string, error: unknown): PidfileReading {
    const code = errorCode(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return { kind: 'unreadable', why: explain(error) }
    return this.#danglingLink(path) ?? { kind: 'absent' }
  }

  /** A link to nothing is no pidfile yet; one that a stranger planted is worth a word. */
  #danglingLink(path: string): PidfileReading | undefined {
    try {
      readlinkSync(path)
      const directories = this.#facts.directories(dirname(path))
      const asFile = { path, isRegular: true, isSymlink: true, owner: 0, group: 0, mode: 0o644, directories }
      const trust = trustOf(asFile, this.#uid)
      return trust.kind === 'refused' ? trust : undefined
    } catch {
      return undefined
    }
  }

  #isVolatile(path: string, device: number): boolean {
    let volatile = this.#volatile.get(device)
    if (volatile === undefined) {
      const type = statfsSync(path).type >>> 0
      volatile = type === TMPFS || type === RAMFS
      this.#volatile.set(device, volatile)
    }
    return volatile
  }
}

/** A file that was read and believed once, and that nobody has touched since. */
function readUnchanged(path: string, { stamp, pid }: { stamp: string; pid: number }): PidfileReading | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined || !stats.isFile() || stampOf(stats) !== stamp) return undefined
  return {
    kind: 'read',
    content: { kind: 'pid', pid },
    writtenAt: stats.mtimeMs,
    file: `${stats.dev}:${stats.ino}`,
    stamp,
    volatile: false,
    doubt: undefined,
  }
}

const stampOf = ({ dev, ino, ctimeMs }: Stats): string => `${dev}:${ino}:${ctimeMs}`

function sameContent(a: PidfileContent, b: PidfileContent): boolean {
  if (a.kind === 'pid') return b.kind === 'pid' && a.pid === b.pid
  if (a.kind === 'garbage') return b.kind === 'garbage' && a.text === b.text
  return b.kind === 'empty'
}
