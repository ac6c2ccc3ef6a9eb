import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { SignalName } from '../base/signals.ts'
import { plan } from '../decide/plan/planner.ts'
import type { Exit, Host } from '../host/host.ts'
import { observe } from './observe.ts'
import { perform } from './perform.ts'
import type { Progress, Run, Subject } from './run.ts'
import { forget } from './steps/forget.ts'
import { launch } from './steps/launch.ts'

export interface ForegroundOptions {
  readonly lockWithin: number
  /** Called with what sends a signal on to the daemon, as soon as there is one; gives what ends the forwarding. */
  readonly forward: (send: (signal: SignalName) => void) => () => void
}

/**
 * Runs a daemon in the foreground, on our terminal, under the same guard as `start`: one copy, its pidfile and record,
 * its user, environment and limits. Other verbs work on it meanwhile.
 */
export async function runForeground(
  host: Host,
  subject: Subject,
  progress: Progress,
  options: ForegroundOptions,
): Promise<Result<Exit, Failure>> {
  const { definition } = subject
  if (definition.type === 'forking') {
    return err(
      failure('unsupported', 'planning', 'a daemon of type "forking" leaves the foreground by itself', {
        remedy: 'define its foreground form as type = "simple"',
      }),
    )
  }
  const lock = await host.locks.acquire(subject.key, `daemonctl run ${definition.name}`, options.lockWithin, () => {})
  if (!lock.ok) return lock
  try {
    const { observation, condition } = await observe(host, subject)
    if (condition.kind === 'running') {
      return err(
        failure('failed', 'planning', `it is already running (pid ${condition.main.pid})`, { remedy: 'stop it first' }),
      )
    }
    const planned = plan({ verb: 'start' }, condition, definition)
    if (planned.kind === 'refused') return err(planned.failure)
    const run: Run = {
      host,
      subject,
      lock: lock.value,
      progress,
      judged: observation.pidfile,
      main: undefined,
      record: observation.record.kind === 'read' ? observation.record.record : undefined,
      launched: undefined,
      exit: undefined,
      outOfMemory: false,
      gone: false,
      lastSignal: undefined,
    }
    const before = planned.steps.slice(
      0,
      planned.steps.findIndex((step) => step.do === 'launch'),
    )
    const prepared = await perform(run, before)
    if (!prepared.ok) return prepared
    const launched = await launch(run, { mode: 'foreground' })
    if (!launched.ok) return launched
    const { launched: started, main } = run
    if (started === undefined || main === undefined) return ok({ kind: 'unseen' })
    const stopForwarding = options.forward((signal) => void host.signaller.send(main, signal))
    lock.value.release()
    const exit = await started.gated.exited
    stopForwarding()
    started.gated.detach()
    await tidy(host, subject, run, options.lockWithin)
    return ok(exit)
  } finally {
    lock.value.release()
  }
}

/** Takes away what speaks of it, unless somebody has started it again meanwhile. */
async function tidy(host: Host, subject: Subject, run: Run, lockWithin: number): Promise<void> {
  const lock = await host.locks.acquire(subject.key, `daemonctl run ${subject.definition.name}`, lockWithin, () => {})
  if (!lock.ok) return
  const { record } = run
  const now = host.records.read(subject.key)
  if (now.kind === 'read' && now.record.token === record?.token) {
    await forget(run, {
      do: 'forget',
      pidfile: subject.definition.pidfile,
      lockFile: subject.definition.lockFile,
    })
  }
  lock.value.release()
}
