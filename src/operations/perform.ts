import { unreachable, ok } from '../base/result.ts'
import type { HookName } from '../definition/definition.ts'
import type { Stage } from '../base/failure.ts'
import type { Step } from '../decide/plan/step.ts'
import type { Run, StepOutcome } from './run.ts'
import { membersOfRun } from './members.ts'
import { waitFor } from './wait.ts'
import { awaitExecuted } from './steps/await-executed.ts'
import { awaitPidfile } from './steps/await-pidfile.ts'
import { awaitReloaded } from './steps/await-reloaded.ts'
import { awaitReady } from './steps/await-ready.ts'
import { enclose } from './steps/enclose.ts'
import { end, patienceOf, survivors } from './steps/end.ts'
import { follow } from './steps/follow.ts'
import { forget } from './steps/forget.ts'
import { launch } from './steps/launch.ts'
import { listen } from './steps/listen.ts'
import { noteEnding } from './steps/note-main.ts'
import { verifyMain } from './steps/verify-main.ts'
import { runCommand } from './steps/run-command.ts'
import { send } from './steps/send.ts'
import { settle } from './steps/settle.ts'

/** Performs the steps of a plan in their order until one fails. */
export async function perform(run: Run, steps: readonly Step[]): Promise<StepOutcome> {
  try {
    for (const step of steps) {
      const outcome = await performStep(run, step)
      if (!outcome.ok) return outcome
    }
    return ok(undefined)
  } finally {
    run.hearing?.close()
  }
}

async function performStep(run: Run, step: Step): Promise<StepOutcome> {
  const { host, subject } = run
  switch (step.do) {
    case 'test-config':
      return runCommand(run, step.command, {
        stage: 'testing the configuration',
        what: 'the config test',
        reason: 'not-configured',
        within: subject.definition.start.timeout,
        remedy: 'mend the configuration; nothing was changed',
      })
    case 'run-hook':
      return runCommand(run, step.command, {
        stage: HOOK_STAGES[step.hook],
        what: `the ${step.hook} hook`,
        reason: 'failed',
        within: step.within,
        remedy: `mend hooks.${step.hook}`,
      })
    case 'wish':
      return host.wishes.write(subject.key, {
        version: 1,
        want: step.want,
        paused: step.paused ?? host.wishes.read(subject.key)?.paused ?? false,
        at: host.clock.now(),
        by: host.history.actor(),
      })
    case 'discard-pidfile':
      host.pidfiles.remove(step.path, run.judged)
      return ok(undefined)
    case 'launch':
      run.gone = false
      return launch(run)
    case 'await-pidfile':
      return awaitPidfile(run, step.path, step.within)
    case 'await-ready': {
      const executed = await awaitExecuted(run)
      if (!executed.ok) return executed
      const [ready] = await Promise.all([awaitReady(run, step.probe, step.within), enclose(run)])
      return ready.ok ? verifyMain(run) : ready
    }
    case 'settle': {
      const executed = await awaitExecuted(run)
      if (!executed.ok) return executed
      const [settled] = await Promise.all([settle(run, step.quiet), enclose(run)])
      return settled.ok ? verifyMain(run) : settled
    }
    case 'make-lock-file':
      return host.files.touch(step.path)
    case 'run-stop-command':
      noteEnding(run)
      return runStopCommand(run, step)
    case 'end':
      return end(run, step)
    case 'repeat':
      return repeat(run, step.steps)
    case 'verify-gone':
      return survivors(run, 'all')
    case 'forget':
      return forget(run, step)
    case 'listen':
      return listen(run, step)
    case 'send':
      return send(run, step)
    case 'run-reload-command':
      return runCommand(run, step.command, {
        stage: 'reloading',
        what: 'the reload command',
        reason: 'failed',
        within: step.within,
        remedy: 'mend reload.command, or what it complains of',
      })
    case 'follow':
      return follow(run, step.path, step.within)
    case 'await-reloaded':
      return awaitReloaded(run, step)
    default:
      return unreachable(step)
  }
}

const HOOK_STAGES: Readonly<Record<HookName, Stage>> = {
  'pre-start': 'running the pre-start hook',
  'post-start': 'running the post-start hook',
  'pre-stop': 'running the pre-stop hook',
  'post-stop': 'running the post-stop hook',
  'pre-reload': 'running the pre-reload hook',
  'on-failure': 'running a hook',
  'on-recovery': 'running a hook',
}

/** The daemon's own way of ending. If it fails or is too slow, the schedule that follows does what is left. */
async function runStopCommand(run: Run, step: Extract<Step, { do: 'run-stop-command' }>): Promise<StepOutcome> {
  const { host, main } = run
  const since = host.clock.monotonic()
  const ran = await runCommand(run, step.command, {
    stage: 'running the stop command',
    what: 'the stop command',
    reason: 'failed',
    within: step.within,
    remedy: 'mend stop.command',
  })
  if (!ran.ok) {
    run.progress.warn(`${ran.error.message}: the stop schedule follows`)
    return ok(undefined)
  }
  const left = step.within - (host.clock.monotonic() - since)
  if (main !== undefined && left > 0) {
    await waitFor(
      run,
      'the end after the stop command',
      left,
      (signal) => [
        host.signaller.ended(main, signal).then((exit) => {
          if (exit !== undefined) run.exit = exit
        }),
      ],
      () => patienceOf(run),
    )
  }
  return ok(undefined)
}

/** "forever" in a stop schedule. */
async function repeat(run: Run, steps: Extract<Step, { do: 'repeat' }>['steps']): Promise<StepOutcome> {
  for (;;) {
    const ended = await perform(run, steps)
    if (!ended.ok) return ended
    const { main, others } = await membersOfRun(run)
    const left = steps.every((step) => step.reach === 'main') ? [] : others
    if (main === undefined && left.length === 0) return ok(undefined)
  }
}
