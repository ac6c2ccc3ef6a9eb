import type { Milliseconds } from '../base/duration.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Bytes } from '../base/size.ts'
import type { SignalName } from '../base/signals.ts'
import type { Identity } from '../decide/identity.ts'
import { archiveTime, type ArchiveName } from '../decide/logs/archive-name.ts'
import { whyDue } from '../decide/logs/due.ts'
import { superfluous } from '../decide/logs/retention.ts'
import {
  completed,
  freshState,
  sameFile,
  type PendingRotation,
  type RotationMethod,
  type RotationState,
} from '../decide/logs/rotation-state.ts'
import { dispositionOf } from '../decide/reload-signal.ts'
import type { HeldLock, Host } from '../host/host.ts'
import type { ArchiveFile, LiveLog } from '../host/log-files.ts'
import { observe } from '../operations/observe.ts'
import { readAgain } from '../operations/read-again.ts'
import type { Subject } from '../operations/run.ts'
import { logPathsOf } from './log-paths.ts'

export interface RotateOptions {
  /** Whatever its size and age. */
  readonly force: boolean
  /** How long to wait while another rotates the same log; 0: then there is nothing to do. */
  readonly lockWithin: Milliseconds
  readonly waiting?: (holder: string) => void
}

/** What became of one log. */
export interface Rotation {
  readonly path: string
  readonly result: 'rotated' | 'nothing' | 'failed'
  /** Why it was rotated, or why not. */
  readonly why: string
  readonly method: RotationMethod | undefined
  /** How much was moved from the live file to the archive. */
  readonly bytes: Bytes
  /** The archive's number. */
  readonly number: number | undefined
  /** A rotation that was killed half way has been brought to its end. */
  readonly mended: boolean
  readonly warnings: readonly string[]
  readonly failure: Failure | undefined
}

const STAGE = 'rotating the log'
/** So long a daemon may take to open its logs again. */
const REOPEN_WITHIN: Milliseconds = 5_000
/** A reader is there again so soon after it was killed. */
const READER_RETURNS: Milliseconds = 5_000
const REOPEN_LOOK: Milliseconds = 20
/** A reader looks for its log by itself, four times a second. */
const READER_LOOK: Milliseconds = 250
/** A log that is truncated while it is written to is copied on so often before what is written meanwhile is given up. */
const MOST_COPIES = 50
const REMEMBERED = 100
/** Who writes faster than can be copied is not run after any longer. */
const MOST_PORTIONS = 6
/** A disk takes some milliseconds for it. */
const LITTLE: Bytes = 1024 * 1024
/** Where to cut is tried at so many blocks, from the end, until what follows does not look like the beginning. */
const MOST_CUTS = 16

/**
 * Rotates the logs of a daemon that are due by size or age, and brings to an end what a killed rotation has begun.
 * May be called at any time, by many at once, and is killed at any moment without harm. A look that finds nothing to
 * do costs two calls to the kernel for each log.
 *
 *     copy the head ─▶ note that ─▶ cut it out ─▶ name the copy ─▶ note that     collapse: nothing is ever lost
 *                      note that ─▶ rename ─▶ new file, signal ─▶ note that      rename: if the daemon can reopen
 *     copy all ──────▶ note that ─▶ truncate ───▶ name the copy ─▶ note that     truncate: the last resort
 */
export async function rotateIfDue(
  host: Host,
  subject: Subject,
  options: RotateOptions = { force: false, lockWithin: 0 },
): Promise<readonly Rotation[]> {
  const rotations: Rotation[] = []
  for (const path of logPathsOf(subject.definition)) rotations.push(await rotateOne(host, subject, path, options))
  return rotations
}

/** One log while it is rotated, under its lock. */
interface Work {
  readonly host: Host
  readonly subject: Subject
  readonly path: string
  readonly lock: HeldLock
  readonly warnings: string[]
}

async function rotateOne(host: Host, subject: Subject, named: string, options: RotateOptions): Promise<Rotation> {
  const { logs } = host
  const outcome = (more: Partial<Rotation> & Pick<Rotation, 'result' | 'why'>): Rotation => ({
    path: named,
    method: undefined,
    bytes: 0,
    number: undefined,
    mended: false,
    warnings: [],
    failure: undefined,
    ...more,
  })
  if (!host.files.exists(named) && logs.state(named)?.pending === undefined) {
    return outcome({ result: 'nothing', why: 'there is no log yet' })
  }
  const located = logs.locate(named)
  if (!located.ok) return outcome({ result: 'failed', why: '', failure: located.error })
  const path = located.value
  const glanced = glance(host, subject, path, options)
  if (!glanced.ok) return outcome({ result: 'failed', why: '', failure: glanced.error })
  if (glanced.value !== undefined) return outcome({ result: 'nothing', why: glanced.value })
  const { name } = subject.definition
  const waiting = options.waiting ?? ((): void => {})
  const lock = await host.locks.acquire(logs.lockKey(path), `daemonctl rotate ${name}`, options.lockWithin, waiting)
  if (!lock.ok) {
    const busy = lock.error.reason === 'busy' && options.lockWithin === 0
    if (busy) return outcome({ result: 'nothing', why: 'another daemonctl is rotating it' })
    return outcome({ result: 'failed', why: '', failure: lock.error })
  }
  const work: Work = { host, subject, path, lock: lock.value, warnings: [] }
  try {
    const done = await rotateLocked(work, options.force)
    if (!done.ok) return outcome({ result: 'failed', why: '', failure: done.error, warnings: work.warnings })
    return outcome({ ...done.value, warnings: work.warnings })
  } finally {
    lock.value.release()
  }
}

/** Why there is nothing to do, as far as can be seen at a glance and without the lock. */
function glance(
  host: Host,
  subject: Subject,
  path: string,
  { force }: RotateOptions,
): Result<string | undefined, Failure> {
  const state = host.logs.state(path)
  if (force || state?.pending !== undefined || state?.archives.some(({ bytes }) => bytes === undefined)) {
    return ok(undefined)
  }
  const live = host.logs.live(path)
  if (!live.ok) return live
  if (live.value === undefined) return ok('there is no log yet')
  const { log } = subject.definition
  const { size, born } = live.value
  const due = whyDue(log, { size, since: state?.since ?? born }, host.clock.now())
  return ok(due === undefined ? notDue(log, size) : undefined)
}

function notDue({ maxSize, maxAge }: Subject['definition']['log'], size: Bytes): string {
  if (size === 0) return 'it is empty'
  return maxSize === undefined && maxAge === undefined
    ? 'its definition has neither log.max-size nor log.max-age'
    : 'it is neither large nor old enough'
}

type Done = Partial<Rotation> & Pick<Rotation, 'result' | 'why'>

async function rotateLocked(work: Work, force: boolean): Promise<Result<Done, Failure>> {
  const { host, path, subject } = work
  const begun = stateNow(work)
  if (!begun.ok) return begun
  const mended = begun.value.pending !== undefined
  const recovered = await finishPending(work, begun.value)
  if (!recovered.ok) return recovered
  host.logs.discardCopy(path)
  const settled = settleArchives(work, recovered.value)
  if (!settled.ok) return settled
  let state = settled.value
  const live = host.logs.live(path)
  if (!live.ok) return live
  const { log } = subject.definition
  const why =
    live.value === undefined
      ? undefined
      : (whyDue(log, { size: live.value.size, since: state.since }, host.clock.now()) ??
        (force && live.value.size > 0 ? 'it was asked for' : undefined))
  let done: Done = {
    result: mended ? 'rotated' : 'nothing',
    why: mended ? 'an earlier rotation was finished' : notDue(log, live.value?.size ?? 0),
  }
  if (live.value !== undefined && why !== undefined) {
    const rotated = await rotateNow(work, state, live.value, why)
    if (!rotated.ok) return rotated
    done = rotated.value
    const after = stateNow(work)
    if (after.ok) state = after.value
  }
  await tidy(work, state)
  return ok({ ...done, mended })
}

function stateNow({ host, path }: Work): Result<RotationState, Failure> {
  const archives = host.logs.archives(path)
  if (!archives.ok) return archives
  const last = archives.value.at(-1)
  const state = host.logs.state(path)
  if (state === undefined) {
    const live = host.logs.live(path)
    if (!live.ok) return live
    return ok(freshState(last?.at ?? live.value?.born ?? host.clock.now(), last?.number ?? 0))
  }
  const there = new Set(archives.value.map(({ number }) => number))
  // An archive that the state does not know: it was put back from a backup, or the state was.
  const next = state.pending === undefined ? Math.max(state.next, (last?.number ?? 0) + 1) : state.next
  // How long those were that are gone tells a reader where it is.
  const remembered = state.archives.filter(
    ({ number, bytes }) => there.has(number) || (bytes !== undefined && number > state.next - REMEMBERED),
  )
  return ok({ ...state, next, archives: remembered })
}

async function rotateNow(work: Work, state: RotationState, live: LiveLog, why: string): Promise<Result<Done, Failure>> {
  const { host, subject } = work
  const { log } = subject.definition
  const done = (method: RotationMethod, bytes: Bytes): Result<Done, Failure> =>
    ok({ result: 'rotated', why, method, bytes, number: state.next })
  // The reader of a captured daemon opens its log again as soon as it has another name.
  if (log.capture) {
    readAgain(host, subject, (text) => work.warnings.push(text))
    const renamed = await rotateByRename(work, state, live, undefined)
    return renamed.ok ? done('rename', live.size) : renamed
  }
  const writers = host.logs.writers(live.file)
  const cut = cutAt(work, live)
  const leaping = writers.find(({ appends }) => !appends)
  if (leaping === undefined && cut.bytes > 0 && live.mayCollapse) {
    const collapsed = await rotateByCollapse(work, state, live, cut)
    if (collapsed.ok) return done('collapse', collapsed.value)
    if (collapsed.error.reason !== 'unsupported') return collapsed
  }
  const reopening = await reopenerOf(work)
  if (reopening.ok && (reopening.value !== undefined || (writers.length === 0 && host.processes.self().uid === 0))) {
    const renamed = await rotateByRename(work, state, live, reopening.value)
    return renamed.ok ? done('rename', live.size) : renamed
  }
  if (!reopening.ok) work.warnings.push(reopening.error)
  if (leaping !== undefined) {
    return err(
      failure(
        'unsupported',
        STAGE,
        `pid ${leaping.pid} does not write at the end of the log (O_APPEND), so it cannot be cut`,
        {
          remedy: 'have it append, or set log.reopen-signal to the signal by which it opens its logs again',
        },
      ),
    )
  }
  if (cut.bytes === 0)
    return ok({ result: 'nothing', why: `it is shorter than a block of its file system, ${live.blockSize} bytes` })
  const truncated = await rotateByTruncation(work, state, live)
  if (!truncated.ok) return truncated
  work.warnings.push(
    'it was copied and truncated: lines that were written in between are lost. ' +
      'Set log.reopen-signal, or put it on ext4 or xfs, where nothing is lost',
  )
  return done('truncate', truncated.value)
}

interface Cut {
  readonly bytes: Bytes
  /** What follows says the same as what is cut out: content does not tell whether it was. */
  readonly ambiguous: boolean
}

/** Whole blocks, and not up to the end of the file. fallocate(2) */
function cutAt({ host, path }: Work, { size, blockSize }: LiveLog): Cut {
  const most = Math.floor((size - 1) / blockSize) * blockSize
  for (let tries = 0; tries < MOST_CUTS; tries += 1) {
    const bytes = most - tries * blockSize
    if (bytes <= 0) break
    if (!host.logs.repeatsFrom(path, bytes)) return { bytes, ambiguous: false }
  }
  return { bytes: Math.max(0, most), ambiguous: true }
}

async function rotateByCollapse(
  work: Work,
  state: RotationState,
  live: LiveLog,
  cut: Cut,
): Promise<Result<Bytes, Failure>> {
  const { host, path } = work
  const copied = await copyToCut(work, live, cut)
  if (!copied.ok) return copied
  const { bytes, ambiguous, size, late } = copied.value
  const firstBlock = ambiguous ? (host.logs.firstBlock(path) ?? '') : undefined
  const begun = begin(work, state, { method: 'collapse', bytes, file: live.file, size, firstBlock })
  if (!begun.ok) return begun
  const collapsed = await host.logs.collapse(path, bytes, work.lock.fd)
  if (collapsed.ok) {
    const finished = finish(work, begun.value)
    if (!finished.ok) return finished
    // Whoever reads the log waits for the rotation's end, but need not wait for the disk.
    const settled = late ? await host.logs.settleArchive(path, nameOf(state, begun.value.pending)) : ok(undefined)
    if (!settled.ok) work.warnings.push(settled.error.message)
    return ok(bytes)
  }
  // Otherwise it was ended half way, and nobody knows: the next rotation finds out.
  if (collapsed.error.reason === 'unsupported') {
    host.logs.discardCopy(path)
    const noted = host.logs.writeState(path, { ...state, pending: undefined })
    if (!noted.ok) return noted
  }
  return collapsed
}

interface CopiedCut extends Cut {
  /** The log was so long when the place to cut at was chosen. */
  readonly size: Bytes
  /** The end of the copy is not on the disk yet. */
  readonly late: boolean
}

/**
 * Copies the head. What is behind a cut is written to the disk by the kernel while the daemon waits, so where much was
 * written meanwhile, that is copied as well. It is as young as what a daemon's own log may lose with the power.
 */
async function copyToCut(work: Work, live: LiveLog, cut: Cut): Promise<Result<CopiedCut, Failure>> {
  const { host, path } = work
  const first = await host.logs.copyHead(path, cut.bytes)
  if (!first.ok) return first
  let copied: CopiedCut = { ...cut, size: live.size, late: false }
  for (let tries = 0; tries < MOST_PORTIONS; tries += 1) {
    const now = host.logs.live(path)
    if (!now.ok) return now
    // Somebody has replaced it, or cut it short: that is found out by whoever cuts it now.
    if (now.value === undefined || !sameFile(now.value.file, live.file)) break
    if (now.value.size - copied.bytes < LITTLE) break
    const next = cutAt(work, now.value)
    if (next.bytes <= copied.bytes) break
    const more = await host.logs.copyHead(path, next.bytes, 'more')
    if (!more.ok) return more
    copied = { ...next, size: now.value.size, late: true }
  }
  await host.logs.settleTail(path, copied.bytes)
  return ok(copied)
}

async function rotateByTruncation(work: Work, state: RotationState, live: LiveLog): Promise<Result<Bytes, Failure>> {
  const { host, path } = work
  let { size } = live
  for (let tries = 0; ; tries += 1) {
    const copied = await host.logs.copyHead(path, size, tries === 0 ? undefined : 'more')
    if (!copied.ok) return copied
    const begun = begin(work, state, { method: 'truncate', bytes: size, file: live.file, size, firstBlock: undefined })
    if (!begun.ok) return begun
    const truncated = host.logs.truncate(path, tries < MOST_COPIES ? size : 'any')
    if (!truncated.ok) return truncated
    if (truncated.value) {
      const finished = finish(work, begun.value)
      return finished.ok ? ok(size) : finished
    }
    const now = host.logs.live(path)
    if (!now.ok) return now
    size = now.value?.size ?? size
  }
}

async function rotateByRename(
  work: Work,
  state: RotationState,
  live: LiveLog,
  reopener: Reopener | undefined,
): Promise<Result<void, Failure>> {
  const begun = begin(work, state, {
    method: 'rename',
    bytes: live.size,
    file: live.file,
    size: live.size,
    firstBlock: undefined,
  })
  if (!begun.ok) return begun
  const moved = work.host.logs.moveAside(work.path, nameOf(begun.value, begun.value.pending))
  if (!moved.ok) return moved
  return letReopen(work, begun.value, reopener)
}

/** A new live file, and whoever writes to the old one is told; then the rotation is done. */
async function letReopen(
  work: Work,
  state: RotationState & { readonly pending: PendingRotation },
  reopener: Reopener | undefined,
): Promise<Result<void, Failure>> {
  const { host, path } = work
  const made = host.logs.remake(path, nameOf(state, state.pending))
  if (!made.ok) return made
  if (reopener !== undefined && host.signaller.send(reopener.main, reopener.signal) === 'not-permitted') {
    work.warnings.push(`pid ${reopener.main.pid} may not be signalled by us: it still writes to the archive`)
  }
  const noted = host.logs.writeState(path, completed(state, state.pending))
  if (!noted.ok) return noted
  const deadline = host.clock.monotonic() + REOPEN_WITHIN
  const { capture } = work.subject.definition.log
  for (;;) {
    // To look for writers is to look at every process. A reader comes by itself, and may be us.
    if (capture) await host.clock.sleep(READER_LOOK)
    const writers = host.logs.writers(state.pending.file)
    if (writers.length === 0) return ok(undefined)
    if (host.clock.monotonic() >= deadline) {
      const pids = [...new Set(writers.map(({ pid }) => pid))].join(', ')
      work.warnings.push(`pid ${pids} still writes to the archive: nothing is lost, and it is compressed later`)
      return ok(undefined)
    }
    if (!capture) await host.clock.sleep(REOPEN_LOOK)
  }
}

interface Reopener {
  readonly main: Identity
  readonly signal: SignalName
}

/** Whom to signal so that it opens its logs again; undefined: nobody has to be told. The error says why it cannot be done. */
async function reopenerOf({ host, subject }: Work): Promise<Result<Reopener | undefined, string>> {
  const signal = subject.definition.log.reopenSignal
  if (signal === undefined) return ok(undefined)
  const { condition } = await observe(host, subject)
  if (condition.kind === 'stopped') return ok(undefined)
  if (condition.kind !== 'running') return err(`its condition is ${condition.kind}, so it is not signalled`)
  const disposition = dispositionOf(condition.process, signal)
  if (disposition === 'handled') return ok({ main: condition.main, signal })
  return err(
    disposition === 'ignored'
      ? `pid ${condition.main.pid} ignores ${signal}, its log.reopen-signal`
      : `pid ${condition.main.pid} does not handle ${signal}, its log.reopen-signal, and would not survive it`,
  )
}

type Begun = RotationState & { readonly pending: PendingRotation }

function begin(work: Work, state: RotationState, how: Omit<PendingRotation, 'at' | 'since'>): Result<Begun, Failure> {
  const { host, path } = work
  const archives = host.logs.archives(path)
  const last = archives.ok ? archives.value.at(-1)?.at : undefined
  const since = host.clock.now()
  const begun: Begun = { ...state, pending: { ...how, at: archiveTime(since, last), since } }
  const noted = host.logs.writeState(path, begun)
  return noted.ok ? ok(begun) : noted
}

function finish(work: Work, state: Begun): Result<void, Failure> {
  const { host, path } = work
  const promoted = host.logs.promoteCopy(path, nameOf(state, state.pending))
  return promoted.ok ? host.logs.writeState(path, completed(state, state.pending)) : promoted
}

const nameOf = (state: RotationState, pending: PendingRotation): ArchiveName => ({
  number: state.next,
  at: pending.at,
  compression: 'none',
})

/** Brings a rotation to its end, or back to its beginning, from wherever it was left. */
async function finishPending(work: Work, state: RotationState): Promise<Result<RotationState, Failure>> {
  const { host, path } = work
  const { pending } = state
  if (pending === undefined) return ok(state)
  const done = completed(state, pending)
  const undone: RotationState = { ...state, pending: undefined }
  const note = (noted: RotationState): Result<RotationState, Failure> => {
    const written = host.logs.writeState(path, noted)
    return written.ok ? ok(noted) : written
  }
  const archives = host.logs.archives(path)
  if (!archives.ok) return archives
  const archived = archives.value.some(({ number }) => number === state.next)
  if (pending.method === 'rename') {
    if (!archived) return note(undone)
    const reopener = await reopenerOf(work)
    const reopened = await letReopen(work, { ...state, pending }, reopener.ok ? reopener.value : undefined)
    return reopened.ok ? ok(done) : reopened
  }
  if (archived) return note(done)
  if (host.logs.copied(path) === undefined) return note(undone)
  if (!(await wasCut(work, pending))) {
    host.logs.discardCopy(path)
    return note(undone)
  }
  const finished = finish(work, { ...state, pending })
  return finished.ok ? ok(done) : finished
}

/** A log only grows: if it no longer begins as the copy does, or is shorter than it was, its head was cut out. */
async function wasCut({ host, path }: Work, pending: PendingRotation): Promise<boolean> {
  const live = host.logs.live(path)
  if (!live.ok || live.value === undefined || !sameFile(live.value.file, pending.file)) return true
  if (live.value.size < pending.size) return true
  if (!(await host.logs.beginsWithCopy(path))) return true
  if (pending.firstBlock === undefined) return false
  const block = host.logs.firstBlock(path)
  // Nobody can tell. Lines that are there twice are better than lines that are not there.
  if (pending.firstBlock === '' || block === undefined) return true
  return block !== pending.firstBlock
}

/** Archives that nobody writes to any more have their final length. */
function settleArchives(work: Work, state: RotationState): Result<RotationState, Failure> {
  const { host, path, subject } = work
  if (state.archives.every(({ bytes }) => bytes !== undefined)) return ok(state)
  const files = host.logs.archives(path)
  if (!files.ok) return files
  const archives = state.archives.map((archive) => {
    const file = files.value.find(({ number }) => number === archive.number)
    if (archive.bytes !== undefined || file === undefined) return archive
    // A reader that was killed while it wrote is about to look how far it came.
    const age = host.clock.now() - archive.at
    if (subject.definition.log.capture && age >= 0 && age < READER_RETURNS) return archive
    return host.logs.writers(file.file).length > 0 ? archive : { ...archive, bytes: file.size }
  })
  const settled: RotationState = { ...state, archives }
  const noted = host.logs.writeState(path, settled)
  return noted.ok ? ok(settled) : noted
}

/** Removes what is not kept and compresses the rest. What fails here harms no line, and is tried again the next time. */
async function tidy(work: Work, state: RotationState): Promise<void> {
  const { host, path, subject, warnings } = work
  const { compress, keep, maxTotal } = subject.definition.log
  const settled = settleArchives(work, state)
  const isOpen = (file: ArchiveFile): boolean =>
    !settled.ok || settled.value.archives.some(({ number, bytes }) => number === file.number && bytes === undefined)
  const closed = (): readonly ArchiveFile[] => {
    const files = host.logs.archives(path)
    return files.ok ? files.value : []
  }
  const remove = (limits: { readonly keep: number; readonly maxTotal: Bytes | undefined }): void => {
    for (const file of superfluous(closed(), limits)) {
      const removed = isOpen(file) ? ok(undefined) : host.logs.removeArchive(path, file)
      if (!removed.ok) warnings.push(removed.error.message)
    }
  }
  remove({ keep, maxTotal: undefined })
  for (const file of closed()) {
    if (compress === 'none' || file.compression !== 'none' || isOpen(file)) continue
    const compressed = await host.logs.compress(path, file, compress, work.lock.fd)
    if (!compressed.ok) warnings.push(compressed.error.message)
  }
  remove({ keep, maxTotal })
}

/** What a rotation would do now, and why: --dry-run. */
export function previewRotation(
  host: Host,
  subject: Subject,
  force: boolean,
): readonly { readonly path: string; readonly due: boolean; readonly why: string }[] {
  return logPathsOf(subject.definition).map((path) => {
    const located = host.files.exists(path) ? host.logs.locate(path) : undefined
    const live = located?.ok === true ? host.logs.live(located.value) : undefined
    if (located?.ok !== true || live?.ok !== true || live.value === undefined) {
      const refusal = located?.ok === false ? located.error : live?.ok === false ? live.error : undefined
      return { path, due: false, why: refusal?.message ?? 'there is no log yet' }
    }
    const { log } = subject.definition
    const { size, born } = live.value
    const since = host.logs.state(located.value)?.since ?? born
    const due = whyDue(log, { size, since }, host.clock.now()) ?? (force && size > 0 ? 'it was asked for' : undefined)
    return { path, due: due !== undefined, why: due ?? notDue(log, size) }
  })
}
