import { formatDuration, type Milliseconds } from '../../base/duration.ts'
import { describeExit } from '../../decide/exit.ts'
import { err, ok } from '../../base/result.ts'
import { isDead } from '../../decide/identity.ts'
import type { ProcessDetail } from '../../decide/process-facts.ts'
import type { Exit, GatedProcess } from '../../host/host.ts'
import { membersNow } from '../members.ts'
import { observe } from '../observe.ts'
import type { Run, StepOutcome } from '../run.ts'
import { waitFor } from '../wait.ts'
import { noteMain } from './note-main.ts'
import { startedBadly } from './started-badly.ts'

/** Some launchers end before the daemon has written its pidfile: so long it may take when nothing else is to be seen. */
const LATE_PIDFILE: Milliseconds = 1_000

/** How often it is looked whether anything of the launch still lives. */
const LOOK_EVERY: Milliseconds = 50

/**
 * Waits for the pidfile of a daemon that detaches itself. Neither the launcher's exit status nor its silence proves
 * anything: many launchers end with 0 while the daemon dies of a taken port, some end before the pidfile is there,
 * and some end with another status while the daemon lives. A living process that the pidfile names, and that is of
 * this launch, is the daemon.
 */
export async function awaitPidfile(run: Run, path: string, within: Milliseconds): Promise<StepOutcome> {
  const { host, launched } = run
  if (launched === undefined) return ok(undefined)
  const { gated } = launched
  const deadline = (): Milliseconds => Math.max(launched.at + within, gated.patience())
  let endedAt: Milliseconds | undefined
  for (;;) {
    const named = await namedProcess(run, path)
    if (named.kind === 'daemon' && (launched.exit !== undefined || named.process.pid !== gated.identity.pid)) {
      if (launched.exit === undefined) {
        // The launcher is still busy: what it does after the pidfile belongs to the start.
        await waitFor(run, 'the launcher to end', Math.max(1, deadline() - host.clock.monotonic()), () => [
          gated.exited,
        ])
      }
      warnOfExit(run, launched.exit)
      return noteMain(run, named.process, { writePidfile: false })
    }
    const now = host.clock.monotonic()
    if (now >= deadline()) return err(tooLate(run, path, within, named))
    if (launched.exit !== undefined) {
      endedAt ??= now
      const quiet = now - endedAt
      if (isBadExit(run, launched.exit) && quiet >= LOOK_EVERY && !(await livesAnything(run))) {
        return err(startedBadly(run, 'launching', `its launcher ${describeExit(launched.exit)}`))
      }
      if (quiet >= (named.kind === 'dead' ? LOOK_EVERY * 2 : LATE_PIDFILE) && !(await livesAnything(run))) {
        return err(
          startedBadly(
            run,
            'awaiting the pidfile',
            named.kind === 'dead'
              ? `its launcher ${describeExit(launched.exit)}, but the daemon (pid ${named.pid}) is dead`
              : `its launcher ${describeExit(launched.exit)}, but nothing of it lives and ${path} was not written`,
          ),
        )
      }
    }
    await somethingHappens(
      run,
      path,
      gated,
      Math.min(deadline() - now, launched.exit === undefined ? 1000 : LOOK_EVERY),
    )
  }
}

type Named =
  | { readonly kind: 'daemon'; readonly process: ProcessDetail }
  | { readonly kind: 'dead'; readonly pid: number }
  | { readonly kind: 'stranger'; readonly pid: number }
  | { readonly kind: 'nothing' }

/** Whom the pidfile names, as far as that is a process of this launch. */
async function namedProcess(run: Run, path: string): Promise<Named> {
  const { host, launched, record } = run
  const pidfile = host.pidfiles.read(path)
  if (launched === undefined || pidfile.kind !== 'read' || pidfile.content.kind !== 'pid') return { kind: 'nothing' }
  const { pid } = pidfile.content
  const reading = host.processes.read(pid)
  if (reading.kind !== 'seen' || isDead(reading.process)) return { kind: 'dead', pid }
  const { process } = reading
  const tooOld = process.startTime < launched.gated.identity.startTime
  if (tooOld || process.startedAt > pidfile.writtenAt + 50) return { kind: 'stranger', pid }
  const token = host.processes.token(pid)
  if (token.kind === 'token')
    return token.token === record?.token ? { kind: 'daemon', process } : { kind: 'stranger', pid }
  const cgroup = record?.cgroup === undefined ? undefined : host.cgroups.members(record.cgroup)
  if (cgroup !== undefined) return cgroup.includes(pid) ? { kind: 'daemon', process } : { kind: 'stranger', pid }
  // Nothing but the pidfile speaks for it, so it must convince as every pidfile must: somebody else may have written it.
  const { condition } = await observe(host, run.subject)
  const convinces = condition.kind === 'running' && condition.process.startTime === process.startTime
  return convinces && condition.main.pid === pid ? { kind: 'daemon', process } : { kind: 'stranger', pid }
}

async function livesAnything(run: Run): Promise<boolean> {
  const { main, others } = await membersNow(run.host, run.launched?.gated.identity, run.record)
  return main !== undefined || others.length > 0
}

async function somethingHappens(run: Run, path: string, gated: GatedProcess, within: Milliseconds): Promise<void> {
  const exited = run.launched?.exit === undefined ? [gated.exited.then(() => undefined)] : []
  await waitFor(run, `the pidfile ${path}`, Math.max(1, within), (signal) => [
    run.host.pidfiles.changed(path, signal),
    ...exited,
  ])
}

const isBadExit = (run: Run, exit: Exit): boolean =>
  exit.kind !== 'code' || !run.subject.definition.start.launcherExit.includes(exit.code)

function warnOfExit(run: Run, exit: Exit | undefined): void {
  if (exit === undefined) {
    run.progress.warn('its launcher has not ended: if it never does, the type is "simple"')
  } else if (isBadExit(run, exit)) {
    run.progress.warn(`its launcher ${describeExit(exit)}, although the daemon runs (see start.launcher-exit)`)
  }
}

function tooLate(run: Run, path: string, within: Milliseconds, named: Named): ReturnType<typeof startedBadly> {
  const time = formatDuration(within)
  if (run.launched?.exit === undefined) {
    return startedBadly(
      run,
      'launching',
      `its launcher did not end within ${time}`,
      'a program that stays in the foreground is of type = "simple"',
    )
  }
  return startedBadly(
    run,
    'awaiting the pidfile',
    named.kind === 'stranger'
      ? `${path} names PID ${named.pid}, which is not of this start`
      : `${path} was not written within ${time}`,
    'see that "pidfile" is the file that the daemon itself writes',
  )
}
