import { closeSync, constants, existsSync, openSync } from 'node:fs'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { identityOf, isAlive, type Identity } from '../decide/identity.ts'
import { captureFiles, readCaptureTarget, readKeeper, type CaptureFiles } from './capture-files.ts'
import { isOver } from './capture-source.ts'
import { beginReading, judgeReading } from './capture-start.ts'
import type { CapturedStream, Captures, ProcessTable } from './host.ts'
import { errorCode, explain } from './system-error.ts'

const STAGE = 'capturing the output'
const STREAMS = ['stdout', 'stderr'] as const

/** What lies in RUNTIME/captures; whoever may not see it sees nothing captured. */
export function diskCaptures(directory: string, processes: ProcessTable): Captures {
  const identify = (pid: number): Identity | undefined => {
    const seen = processes.read(pid)
    return seen.kind === 'seen' ? identityOf(seen.process, processes.bootId()) : undefined
  }
  const keeperOf = ({ lock }: CaptureFiles): Identity | undefined => {
    const keeper = readKeeper(lock)
    if (keeper === undefined) return undefined
    const seen = processes.read(keeper.pid)
    return seen.kind === 'seen' && isAlive(keeper, seen.process, processes.bootId()) ? keeper : undefined
  }
  const filesOf = (key: string): readonly (CaptureFiles & { readonly stream: 'stdout' | 'stderr' })[] =>
    STREAMS.map((stream) => ({ stream, ...captureFiles(directory, key, stream) })).filter(({ fifo }) =>
      existsSync(fifo),
    )
  /** A keeper that lives has its reader back in a moment. */
  const judge = (files: CaptureFiles, begin: (lock: number) => void): CapturedStream['is'] =>
    keeperOf(files) === undefined ? judgeReading(files, () => isOver(files.fifo), begin) : 'read'
  return {
    look(key) {
      try {
        return filesOf(key).map((files) => ({
          stream: files.stream,
          is: judge(files, () => {}),
          keeper: keeperOf(files),
        }))
      } catch {
        return []
      }
    },
    revive(key, { passOn }) {
      const streams: CapturedStream[] = []
      try {
        for (const files of filesOf(key)) {
          const target = readCaptureTarget(files.target)
          if (target === undefined) continue
          const ours = target.to.kind === 'passed-on' && target.to.to === 'stdout'
          let begun: Result<void, Failure> = ok(undefined)
          const is = judge(files, (lock) => {
            if (passOn || !ours) begun = beginReading(files, target, lock, identify)
          })
          if (!begun.ok) return begun
          streams.push({ stream: files.stream, is, keeper: keeperOf(files) })
        }
        return ok(streams)
      } catch (error) {
        // It is not ours to see, or is being taken away just now.
        if (['EACCES', 'ENOENT'].includes(errorCode(error))) return ok([])
        return err(failure('failed', STAGE, `nobody reads its output, and nobody can: ${explain(error)}`))
      }
    },
    hold(key) {
      const held: number[] = []
      for (const { fifo, stage } of filesOf(key)) {
        try {
          held.push(openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW))
          held.push(openSync(stage, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW))
        } catch {
          // Too many files are open, or they have just been removed: it goes without.
        }
      }
      return { close: () => held.splice(0).forEach((fd) => closeSync(fd)) }
    },
  }
}
