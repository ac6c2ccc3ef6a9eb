import { formatDuration, type Milliseconds } from '../../base/duration.ts'
import { failure, type Failure, type Reason, type Stage } from '../../base/failure.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Command } from '../../definition/definition.ts'
import type { CommandOutcome } from '../../host/host.ts'
import { environmentOf } from '../environment.ts'
import type { Run } from '../run.ts'
import { credentialsFor } from './launch.ts'
import { describeExit } from '../../decide/exit.ts'

export interface CommandPurpose {
  readonly stage: Stage
  readonly what: string
  readonly reason: Reason
  readonly within: Milliseconds
  readonly remedy: string
}

/** Runs a command of the definition in the daemon's own environment, directory and user. It must end with 0. */
export async function runCommand(
  run: Pick<Run, 'host' | 'subject' | 'main' | 'progress'>,
  command: Command,
  purpose: CommandPurpose,
): Promise<Result<void, Failure>> {
  const ran = await commandOutcome(run, command, purpose)
  if (!ran.ok) return ran
  const failed = commandFailure(ran.value, purpose)
  return failed === undefined ? ok(undefined) : err(failed)
}

/** Runs it and says what became of it, also when it failed. */
export async function commandOutcome(
  run: Pick<Run, 'host' | 'subject' | 'main' | 'progress'>,
  command: Command,
  purpose: CommandPurpose,
): Promise<Result<CommandOutcome, Failure>> {
  const { host, subject, progress } = run
  const { definition } = subject
  const credentials = credentialsFor(host, definition)
  if (!credentials.ok) return credentials
  const environment = environmentOf(definition, credentials.value ?? host.users.current(), host.environment, host.files)
  if (!environment.ok) return environment
  const program = host.spawner.resolve(command.argv[0] ?? '', environment.value['PATH'] ?? '')
  const distrust = program === undefined || credentials.value !== undefined ? undefined : host.files.distrust(program)
  if (distrust !== undefined) {
    return err(failure('not-configured', purpose.stage, distrust.why, { remedy: distrust.remedy }))
  }
  const since = host.clock.monotonic()
  const over = new AbortController()
  void host.clock.sleep(1000, over.signal).then(() => {
    if (!over.signal.aborted) progress.waiting(purpose.what, host.clock.monotonic() - since, purpose.within)
  })
  const outcome = await host.commands.run({
    command,
    environment: {
      ...environment.value,
      ...(run.main === undefined ? {} : { DAEMONCTL_PID: String(run.main.pid), MAINPID: String(run.main.pid) }),
    },
    directory: definition.directory,
    credentials: credentials.value,
    within: purpose.within,
  })
  over.abort()
  return ok(outcome)
}

/** undefined: it did what it should. */
export function commandFailure(outcome: CommandOutcome, purpose: CommandPurpose): Failure | undefined {
  const why = complaint(outcome, purpose.within)
  return why === undefined
    ? undefined
    : failure(purpose.reason, purpose.stage, `${purpose.what} ${why}`, {
        details: outcome.output.slice(-10),
        remedy: purpose.remedy,
      })
}

function complaint(outcome: CommandOutcome, within: Milliseconds): string | undefined {
  if (outcome.unable !== undefined) return `cannot be run: ${outcome.unable}`
  if (outcome.timedOut) return `took longer than ${formatDuration(within)} and was ended`
  return outcome.exit.kind === 'code' && outcome.exit.code === 0 ? undefined : describeExit(outcome.exit)
}
