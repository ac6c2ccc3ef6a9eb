import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { SharedFileChanges } from '../host/file-changes.ts'
import type { HeldLock } from '../host/host.ts'
import { loadNative } from '../host/native.ts'
import { adoptOrphans } from '../host/orphan-reaper.ts'
import type { WatchHost } from '../host/watch-host.ts'
import { DiskWatchMemory } from '../host/watch-memory.ts'
import type { Places } from '../host/watch-host.ts'
import type { Subject } from '../operations/run.ts'
import { Watcher } from '../watch/watcher.ts'
import type { Surroundings } from './surroundings.ts'

/** No daemon's key looks like this one: host/key.ts. */
const WATCHER_KEY = '~watcher'

export interface WatchChoice {
  readonly names: readonly string[]
  readonly file: string | undefined
  /** Look once only. */
  readonly once?: boolean
}

/** The watcher with everything real around it. One for each runtime directory. */
export interface Watching {
  readonly watcher: Watcher
  readonly subjects: readonly Subject[]
  readonly lock: HeldLock
}

export async function prepareWatching(
  surroundings: Surroundings,
  choice: WatchChoice,
  warn: (text: string) => void,
): Promise<Result<Watching, Failure>> {
  const read = (): Promise<Result<readonly Subject[], Failure>> => subjectsOf(surroundings, choice)
  const subjects = await read()
  if (!subjects.ok) return subjects
  const lock = await lockScope(surroundings)
  if (!lock.ok) return lock
  const { host, directories } = surroundings
  host.signaller.prepare()
  const native = loadNative()
  if (native !== undefined) adoptOrphans(native)
  const wishes = `${directories.state}/wishes`
  const records = `${directories.runtime}/records`
  // What is not there cannot be watched, only looked for now and then.
  for (const directory of [wishes, records]) {
    const made = host.files.makeDirectory(directory, directories.mode, undefined)
    if (!made.ok) warn(made.error.message)
  }
  const world: WatchHost = {
    host,
    changes: new SharedFileChanges(),
    memory: new DiskWatchMemory({
      runtimeDirectory: directories.runtime,
      uid: host.processes.self().uid,
      bootId: host.processes.bootId(),
      warn,
    }),
  }
  const watcher = new Watcher({
    world,
    read,
    places: (subject): Places => ({
      wish: `${wishes}/${subject.key}.json`,
      record: `${records}/${subject.key}.json`,
      pidfile: subject.definition.pidfile,
    }),
    seed: host.clock.now() | 0,
    once: choice.once ?? false,
  })
  return ok({ watcher, subjects: subjects.value, lock: lock.value })
}

export async function subjectsOf(
  surroundings: Surroundings,
  { names, file }: WatchChoice,
): Promise<Result<readonly Subject[], Failure>> {
  const chosen = await surroundings.select({ file, all: false, names, without: 'everything' })
  if (!chosen.ok) return chosen
  if (chosen.value.length === 0) {
    return err(
      failure('not-configured', 'reading the definition', 'no daemon is defined here', {
        remedy: 'write a definition (see daemonctl.toml(5)), or watch by --pattern',
      }),
    )
  }
  return ok(chosen.value.map(({ definition }) => surroundings.subject(definition)))
}

async function lockScope({ host, directories }: Surroundings): Promise<Result<HeldLock, Failure>> {
  const lock = await host.locks.acquire(WATCHER_KEY, 'daemonctl watch', 0, () => {})
  if (lock.ok || lock.error.reason !== 'busy') return lock
  const holder = /handled by (.*) for more than/.exec(lock.error.message)?.[1] ?? 'another watcher'
  return err(
    failure('busy', 'taking the lock', `the daemons of ${directories.runtime} are watched by ${holder}`, {
      remedy: 'leave it to that one, or end it first',
    }),
  )
}
