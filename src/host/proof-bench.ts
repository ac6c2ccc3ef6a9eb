import { chmodSync, readFileSync, readdirSync, readlinkSync, renameSync, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { ok, err } from '../base/result.ts'
import type { Anatomy } from '../decide/prove/sight.ts'
import type { ProofBench } from './host.ts'
import { fileFailure } from './system-error.ts'
import { newTestBench } from './test-bench.ts'

/** A test bench in whose directory a daemon can live, also as another user. */
export function newProofBench(uid: number): ProofBench {
  const bench = newTestBench(uid, 'prove')
  chmodSync(bench.directory, 0o755)
  return {
    ...bench,
    anatomy: anatomyOf,
    pidfileSight(path) {
      return attempt(() => {
        const { uid, mode } = statSync(path)
        return { text: readFileSync(path, 'utf8'), uid, mode: mode & 0o7777 }
      })
    },
    traceWriting(path) {
      const events: string[] = []
      // A file that is renamed to its name has but come; one that is written in place has come and has then changed.
      const watcher = watch(dirname(path), (event, name) => {
        if (name === basename(path)) events.push(event)
      })
      watcher.on('error', () => {})
      return {
        end() {
          watcher.close()
          return events.length === 0 ? 'not-seen' : events.includes('change') ? 'in-place' : 'whole'
        },
      }
    },
    rename(from, to) {
      try {
        renameSync(from, to)
        return ok(undefined)
      } catch (error) {
        return err(fileFailure('preparing files', 'rename', from, error))
      }
    },
  }
}

function anatomyOf(pid: number): Anatomy | undefined {
  const status = attempt(() => readFileSync(`/proc/${pid}/status`, 'latin1'))
  if (status === undefined) return undefined
  const umask = /^Umask:\s*([0-7]+)/m.exec(status)?.[1]
  const entries = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []
  return {
    argv: (attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '').split('\0'),
    directory: attempt(() => readlinkSync(`/proc/${pid}/cwd`)),
    umask: umask === undefined ? undefined : Number.parseInt(umask, 8),
    descriptors: entries.flatMap((fd) => {
      const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`))
      return target === undefined ? [] : [{ fd: Number(fd), target }]
    }),
  }
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
