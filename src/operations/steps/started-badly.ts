import { failure, type Failure, type Stage } from '../../base/failure.ts'
import { describeExit, type Exit } from '../../decide/exit.ts'
import type { Run } from '../run.ts'

/** How many of the daemon's last lines a failure shows. */
const LAST_LINES = 10

/** Why a start came to nothing: the stage it had reached, how the process ended, and its last words. */
export function startedBadly(run: Run, stage: Stage, message: string, remedy?: string): Failure {
  return failure('failed', stage, message, { details: lastWords(run), remedy: remedy ?? logRemedy(run) })
}

/** For a process that ended before its program could do anything, what kept it from that. */
export function diedEarly(run: Run, exit: Exit): Failure {
  const gated = run.launched?.gated
  const complaint = gated?.complaint() ?? ''
  const stage = gated?.stage() ?? 'waiting'
  // Who says nothing was ended by somebody.
  if (stage === 'changing directory' && complaint !== '') return startedBadly(run, stage, complaint)
  const words = lastWords(run)
  const aboutUser = words.findLast((line) => line.startsWith('setpriv:') && !line.includes('failed to execute'))
  if (exit.kind === 'code' && exit.code === 127 && aboutUser !== undefined) {
    return startedBadly(run, 'setting user', aboutUser.replace(/^setpriv: /, ''))
  }
  const notExecuted = words.some((line) =>
    /^(setpriv: failed to execute|daemonctl: .*(exec|not found|denied))/.test(line),
  )
  if (exit.kind === 'code' && (exit.code === 126 || exit.code === 127) && notExecuted) {
    return startedBadly(
      run,
      'executing',
      'its program cannot be executed',
      'see that the file, the interpreter in its first line and every directory above them are open to its user',
    )
  }
  return startedBadly(run, 'settling', `it ${describeExit(exit)} at once`)
}

export function lastWords(run: Run): readonly string[] {
  const { log } = run.subject.definition
  if (log.stdout.kind !== 'file') return []
  const stderr = log.stderr.kind === 'file' && log.stderr.path !== log.stdout.path ? log.stderr.path : undefined
  return [
    ...run.host.files.tail(log.stdout.path, LAST_LINES, run.launched?.log),
    ...(stderr === undefined ? [] : run.host.files.tail(stderr, LAST_LINES)),
  ]
}

function logRemedy({ subject }: Run): string | undefined {
  const { stdout } = subject.definition.log
  return stdout.kind === 'file' ? `its log is ${stdout.path}` : 'give it a log to see why: log.stdout = "/path"'
}
