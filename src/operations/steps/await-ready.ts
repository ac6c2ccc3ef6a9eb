import { formatDuration, type Milliseconds } from '../../base/duration.ts'
import { failure } from '../../base/failure.ts'
import { err, ok } from '../../base/result.ts'
import { describeExit } from '../../decide/exit.ts'
import type { Probe } from '../../definition/definition.ts'
import { describeProbe } from '../describe-probe.ts'
import { credentialsFor } from './launch.ts'
import { diedEarly, startedBadly } from './started-badly.ts'
import type { Run, StepOutcome } from '../run.ts'
import { membersOfRun } from '../members.ts'
import { waitFor } from '../wait.ts'
import { noteMain } from './note-main.ts'

type Answer = { readonly kind: 'ready'; readonly mainPid: number | undefined } | { readonly kind: 'died' }

/** Waits until the daemon can serve, has died, or has taken too long. */
export async function awaitReady(run: Run, probe: Probe, within: Milliseconds): Promise<StepOutcome> {
  const { host, launched, main } = run
  if (main === undefined) return ok(undefined)
  const patience = (): Milliseconds => launched?.gated.patience() ?? 0
  const answer = await waitFor<Answer>(
    run,
    `readiness (${describeProbe(probe)})`,
    within,
    (signal) => [
      asked(run, probe, signal),
      launched !== undefined && launched.gated.identity.pid === main.pid
        ? launched.gated.exited.then((): Answer => ({ kind: 'died' }))
        : host.signaller.ended(main, signal).then((): Answer => ({ kind: 'died' })),
    ],
    patience,
  )
  if (answer === undefined) {
    return err(
      startedBadly(
        run,
        'awaiting readiness',
        `it was not ready within ${formatDuration(within)}${patience() > 0 ? ' and the time that it asked for' : ''} (${describeProbe(probe)})`,
      ),
    )
  }
  if (answer.kind === 'died') {
    const exit = launched === undefined ? undefined : await launched.gated.exited
    if (exit !== undefined && launched?.gated.identity.pid === main.pid) {
      const early = diedEarly(run, exit)
      return err(
        early.stage === 'settling'
          ? startedBadly(run, 'awaiting readiness', `it ${describeExit(exit)} before it was ready`)
          : early,
      )
    }
    return err(startedBadly(run, 'awaiting readiness', 'it ended before it was ready'))
  }
  return answer.mainPid === undefined || answer.mainPid === main.pid
    ? ok(undefined)
    : followNotified(run, answer.mainPid)
}

/** MAINPID= of a notify daemon that forked: believed only of a process that the daemon itself made. */
async function followNotified(run: Run, pid: number): Promise<StepOutcome> {
  const reading = run.host.processes.read(pid)
  const from = run.launched?.gated.identity
  if (
    from === undefined ||
    reading.kind !== 'seen' ||
    reading.process.startTime < from.startTime ||
    !(await isOfLaunch(run, pid))
  ) {
    return err(
      failure('failed', 'awaiting readiness', `it says that its main PID is ${pid}, which is not a process of its own`),
    )
  }
  return noteMain(run, reading.process, { writePidfile: true })
}

async function isOfLaunch(run: Run, pid: number): Promise<boolean> {
  const { others } = await membersOfRun(run)
  return others.some((process) => process.pid === pid)
}

async function asked(run: Run, probe: Probe, signal: AbortSignal): Promise<Answer> {
  const never = new Promise<never>(() => {})
  const { launched, subject, host } = run
  if (probe.kind === 'fd' || probe.kind === 'notify') {
    return launched === undefined ? never : { kind: 'ready', ...(await launched.gated.ready) }
  }
  const credentials = credentialsFor(host, subject.definition)
  const context = {
    environment: launched?.environment ?? {},
    directory: subject.definition.directory,
    credentials: credentials.ok ? credentials.value : undefined,
    logSince: launched?.log,
    since: launched?.since ?? 0,
  }
  return (await host.probes.succeeds(probe, context, signal)) ? { kind: 'ready', mainPid: undefined } : never
}
