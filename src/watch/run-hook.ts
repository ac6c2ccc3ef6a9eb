import type { HookName } from '../definition/definition.ts'
import type { Identity } from '../decide/identity.ts'
import type { Host } from '../host/host.ts'
import { runCommand } from '../operations/steps/run-command.ts'
import type { Progress, Subject } from '../operations/run.ts'

/** Runs a hook of the watcher beside everything else; nothing depends on how it ends. */
export async function runHook(
  host: Host,
  subject: Subject,
  hook: Extract<HookName, 'on-failure' | 'on-recovery'>,
  main: Identity | undefined,
  progress: Progress,
): Promise<void> {
  const { commands, timeout } = subject.definition.hooks
  const command = commands[hook]
  if (command === undefined) return
  const ran = await runCommand({ host, subject, main, progress }, command, {
    stage: 'running a hook',
    what: `the ${hook} hook`,
    reason: 'failed',
    within: timeout,
    remedy: `mend hooks.${hook}`,
  })
  if (!ran.ok) progress.warn(ran.error.message)
}
