import type { Milliseconds } from '../base/duration.ts'
import type { Failure } from '../base/failure.ts'
import { ok, type Result } from '../base/result.ts'
import type { Bytes } from '../base/size.ts'
import { completed, sameFile, type FileId, type RotationState } from '../decide/logs/rotation-state.ts'
import type { Host } from '../host/host.ts'
import type { ArchiveFile, PieceFile } from '../host/log-files.ts'

/** The pieces of a log at one moment, as they are to be read. */
export interface LogView {
  readonly pieces: readonly ViewedPiece[]
  /** By number, also of archives that have been removed. */
  readonly lengths: ReadonlyMap<number, Bytes>
  /** Equal as long as nothing was rotated. */
  readonly stamp: string
  /** A rotation has been begun and not ended: should somebody be at it after all, look again after reading. */
  readonly unsettled: boolean
}

export interface ViewedPiece {
  readonly number: number
  readonly file: PieceFile
  readonly id: FileId | undefined
  /** Until when it was the live file; undefined: it is the live file. */
  readonly until: number | undefined
  /** Its plain length, where it is known and final. */
  readonly bytes: Bytes | undefined
}

/** A rotation's last steps take less; a rotator that was killed will not take them at all. */
const PATIENCE: Milliseconds = 1_000
const LOOK: Milliseconds = 10
/** What is cut out differs from what follows in so many bytes, or is not cut out without a mark. */
const COMPARED: Bytes = 1024 * 1024

/**
 * What there is of a log. While a rotation takes its last steps this waits for them; if they are not taken (it was
 * killed), the pieces are given as the next rotation will make them. Changes nothing, so anybody may read a log.
 */
export async function viewLog(
  host: Pick<Host, 'logs' | 'clock'>,
  path: string,
  patience: Milliseconds = PATIENCE,
): Promise<Result<LogView, Failure>> {
  const { logs, clock } = host
  for (const deadline = clock.monotonic() + patience; ;) {
    const before = logs.state(path)
    const archives = logs.archives(path)
    if (!archives.ok) return archives
    const live = logs.live(path)
    if (!live.ok) return live
    const pending = before?.pending
    if (pending !== undefined && clock.monotonic() < deadline) {
      await clock.sleep(LOOK)
      continue
    }
    const state = before === undefined ? undefined : await asItWillBe(host, path, before, archives.value)
    const next = Math.max(state?.next ?? 1, (archives.value.at(-1)?.number ?? 0) + 1)
    const copy =
      state !== undefined && before !== undefined && state.next > before.next
        ? archives.value.every(({ number }) => number !== before.next)
        : false
    const pieces: ViewedPiece[] = archives.value.map((archive) => ({
      number: archive.number,
      file: archive,
      id: archive.file,
      until: state?.archives.find(({ number }) => number === archive.number)?.at ?? archive.at,
      bytes: finalLength(state, archive),
    }))
    if (copy && before !== undefined && pending !== undefined) {
      pieces.push({ number: before.next, file: 'copy', id: undefined, until: pending.at, bytes: pending.bytes })
    }
    if (live.value !== undefined) {
      pieces.push({ number: next, file: 'live', id: live.value.file, until: undefined, bytes: undefined })
    }
    // What was read of the directory belongs together only if no rotation came in between.
    if (JSON.stringify(logs.state(path)) !== JSON.stringify(before)) continue
    // The copy becomes an archive before the state says so.
    if (pending !== undefined && !sameArchives(logs.archives(path), archives.value)) continue
    const lengths = new Map(
      (state?.archives ?? []).flatMap(({ number, bytes }) => (bytes === undefined ? [] : [[number, bytes]])),
    )
    return ok({ pieces, lengths, stamp: stampOf(host, path), unsettled: pending !== undefined })
  }
}

function sameArchives(now: Result<readonly ArchiveFile[], Failure>, before: readonly ArchiveFile[]): boolean {
  const numbers = (archives: readonly ArchiveFile[]): string => archives.map(({ number }) => number).join()
  return now.ok && numbers(now.value) === numbers(before)
}

/** What changes with each rotation, also with one by others. */
export function stampOf({ logs }: Pick<Host, 'logs'>, path: string): string {
  const state = logs.state(path)
  const live = logs.live(path)
  const file = live.ok ? live.value?.file : undefined
  return JSON.stringify([state?.next, state?.pending?.since, file?.device, file?.inode])
}

function finalLength(state: RotationState | undefined, archive: ArchiveFile): Bytes | undefined {
  const known = state?.archives.find(({ number }) => number === archive.number)
  if (known !== undefined) return known.bytes
  return archive.compression === 'none' ? archive.size : undefined
}

async function asItWillBe(
  { logs }: Pick<Host, 'logs'>,
  path: string,
  state: RotationState,
  archives: readonly ArchiveFile[],
): Promise<RotationState> {
  const { pending } = state
  if (pending === undefined) return state
  if (archives.some(({ number }) => number === state.next)) return completed(state, pending)
  if (pending.method === 'rename' || logs.copied(path) === undefined) return { ...state, pending: undefined }
  const live = logs.live(path)
  const cut =
    !live.ok ||
    live.value === undefined ||
    !sameFile(live.value.file, pending.file) ||
    live.value.size < pending.size ||
    !(await logs.beginsWithCopy(path, COMPARED))
  return cut ? completed(state, pending) : { ...state, pending: undefined }
}

/** A place in a log: a piece and an offset in it. It stays the same when the log is rotated. */
export interface Place {
  readonly number: number
  readonly offset: Bytes
}
