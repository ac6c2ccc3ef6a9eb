import { basename } from 'node:path'
import { parseDuration } from '../base/duration.ts'
import { failure, type Failure } from '../base/failure.ts'
import { signalNumber } from '../base/signals.ts'
import { err, ok, type Result } from '../base/result.ts'
import { formatFinding } from '../definition/problem.ts'
import type { Request } from '../decide/plan/plan.ts'
import { act, preview, type ActOptions, type ToldOutcome } from '../operations/act.ts'
import { inParallel } from '../operations/in-parallel.ts'
import type { Progress, Subject } from '../operations/run.ts'
import { BaseCommand } from './base-command.ts'
import { connectToWatcher } from './connect-to-watcher.ts'
import { exitStatusOf, worst } from './exit-status.ts'
import { renderFailure } from './render/failure.ts'
import { outcomesJson, planJson, writeJson } from './render/json.ts'
import { renderOutcome } from './render/outcome.ts'
import { renderPlan } from './render/plan.ts'
import { Surroundings } from './surroundings.ts'
import type { Terminal } from './terminal.ts'
import { tellUnwatched } from './unwatched.ts'

/** The flags of a command that chooses daemons, as oclif parsed them. Absent ones were not given. */
export interface GivenFlags {
  readonly json: boolean
  readonly quiet: boolean
  readonly all?: boolean | undefined
  readonly file?: string | undefined
  readonly pidfile?: string | undefined
  readonly exec?: string | undefined
  readonly user?: string | undefined
  readonly startas?: string | undefined
  readonly type?: string | undefined
  readonly group?: string | undefined
  readonly directory?: string | undefined
  readonly umask?: string | undefined
  readonly nice?: number | undefined
  readonly log?: string | undefined
  readonly env?: readonly string[] | undefined
  readonly 'inherit-environment'?: boolean | undefined
  readonly timeout?: string | undefined
  readonly schedule?: string | undefined
  readonly signal?: string | undefined
  readonly 'dry-run'?: boolean | undefined
  readonly 'lock-timeout'?: string | undefined
  readonly rollback?: boolean | undefined
  readonly rolling?: boolean | undefined
}

/** Without a definition these must be told what to start. */
const LAUNCHING: ReadonlySet<string> = new Set(['start', 'restart', 'condrestart', 'force-reload'])

/** How many daemons are worked on at once. */
export const AT_ONCE = 32

/** A command about daemons that are named, or given by a pidfile alone. */
export abstract class DaemonCommand extends BaseCommand {
  /** The daemons that were asked for. With --pidfile, `words` are the program and its arguments, else names. */
  protected async subjects(
    surroundings: Surroundings,
    flags: GivenFlags,
    words: readonly string[],
    without: 'only-one' | 'everything',
  ): Promise<Result<readonly Subject[], Failure>> {
    if (flags.pidfile !== undefined) {
      const subject = await subjectFromFlags(surroundings, flags.pidfile, flags, words)
      return subject.ok ? ok([subject.value]) : subject
    }
    if (flags.all === true && words.length > 0) {
      return err(failure('usage', 'reading the definition', '--all and names exclude each other'))
    }
    const sources = await surroundings.select({ file: flags.file, all: flags.all === true, names: words, without })
    return sources.ok ? ok(sources.value.map((source) => surroundings.subject(source.definition))) : sources
  }

  /** Performs a verb on every daemon that was asked for, or prints what it would do; gives the exit status. */
  protected async actOn(request: Request, flags: GivenFlags, words: readonly string[]): Promise<void> {
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const lockWithin = parseDuration(flags['lock-timeout'] ?? '1m')
    if (!lockWithin.ok) {
      return this.finish(this.fail(failure('usage', 'planning', `--lock-timeout: ${lockWithin.error}`), output))
    }
    const subjects = await this.subjects(surroundings, flags, words, 'only-one')
    if (!subjects.ok) return this.finish(this.fail(subjects.error, output))
    if (flags.pidfile !== undefined && LAUNCHING.has(request.verb) && words.length === 0 && flags.exec === undefined) {
      const reason = failure('usage', 'planning', `${request.verb} with --pidfile needs the program as well`, {
        remedy: `daemonctl ${request.verb} --pidfile ${flags.pidfile} -- PROGRAM ARGUMENTS`,
      })
      return this.finish(this.fail(reason, output))
    }
    if (flags['dry-run'] === true) return this.preview(surroundings, subjects.value, request, output)

    const interrupted = onInterrupt(
      terminal,
      subjects.value.map(({ definition }) => definition.name),
    )
    const how: ActOptions = { lockWithin: lockWithin.value, rollback: flags.rollback ?? false }
    const doer = await doerOf(surroundings, request, how)
    if (subjects.value.length > 1 && !doer.isWatcher) surroundings.host.signaller.prepare()
    const outcomes = await inTurns(subjects.value, flags.rolling === true, async (subject) => {
      const outcome = await doer.act(subject, progressOn(terminal, subject))
      if (!flags.json) show(outcome, terminal)
      return outcome
    })
    doer.close()
    interrupted()
    const left = subjects.value.slice(outcomes.length).map(({ definition }) => definition.name)
    if (left.length > 0) terminal.error(`daemonctl: left as they are after this failure: ${left.join(', ')}`)
    if (!doer.isWatcher && !flags.json && outcomes.some(({ result }) => result === 'done')) {
      tellUnwatched(surroundings, terminal, request, subjects.value)
    }
    if (flags.json) terminal.answer(writeJson(outcomesJson(request.verb, outcomes)))
    this.finish(worst(outcomes.map((outcome) => exitStatusOf(outcome.failure))))
  }

  private async preview(
    { host }: Surroundings,
    subjects: readonly Subject[],
    request: Request,
    { json, terminal }: { json: boolean; terminal: Terminal },
  ): Promise<void> {
    const plans = await inParallel(subjects, AT_ONCE, async (subject) => ({
      name: subject.definition.name,
      ...(await preview(host, subject, request)),
    }))
    if (json) terminal.answer(writeJson(planJson(request.verb, plans)))
    else
      for (const { name, condition, plan } of plans) terminal.answer(renderPlan(name, condition, plan, terminal.theme))
    this.finish(worst(plans.map(({ plan }) => exitStatusOf(plan.kind === 'refused' ? plan.failure : undefined))))
  }
}

/** Many at once; or rolling: the next one when the last is ready, and none after one that failed. */
async function inTurns(
  subjects: readonly Subject[],
  rolling: boolean,
  work: (subject: Subject) => Promise<ToldOutcome>,
): Promise<readonly ToldOutcome[]> {
  if (!rolling) return inParallel(subjects, AT_ONCE, work)
  const outcomes: ToldOutcome[] = []
  for (const subject of subjects) {
    const outcome = await work(subject)
    outcomes.push(outcome)
    if (outcome.result === 'failed') break
  }
  return outcomes
}

/** Who performs a verb: the watcher, of whatever it watches; otherwise we do. What comes of it is the same. */
async function doerOf(
  surroundings: Surroundings,
  request: Request,
  how: ActOptions,
): Promise<{
  readonly isWatcher: boolean
  act(subject: Subject, progress: Progress): Promise<ToldOutcome>
  close(): void
}> {
  const byUs = (subject: Subject, progress: Progress): Promise<ToldOutcome> =>
    act(surroundings.host, subject, request, progress, how)
  const watcher = await connectToWatcher(surroundings)
  if (watcher === undefined) return { isWatcher: false, act: byUs, close: () => {} }
  const { actByWatcher } = await import('../watch/act-by-watcher.ts')
  return {
    isWatcher: true,
    act: async (subject, progress) =>
      (await actByWatcher(watcher, subject, request, progress, how)) ?? byUs(subject, progress),
    close: () => watcher.close(),
  }
}

export function show(outcome: ToldOutcome, terminal: Terminal): void {
  terminal.line(renderOutcome(outcome, terminal.theme))
  if (outcome.failure !== undefined) terminal.error(renderFailure(outcome.name, outcome.failure, terminal.theme))
}

export const progressOn = (terminal: Terminal, { definition }: Subject): Progress => ({
  waiting: (what, since, within) => terminal.waiting(`${definition.name}: ${what}`, since, within),
  warn: (text) => terminal.error(`${terminal.theme.odd('daemonctl:')} ${definition.name}: ${text}`),
})

/**
 * Ctrl-C: every effect leaves a state from which the next command goes on, so we may simply end; but we say what
 * was left unfinished.
 */
export function onInterrupt(terminal: Terminal, subjects: readonly string[]): () => void {
  const names = subjects.join(', ')
  const handlers = (['INT', 'TERM', 'HUP'] as const).map((signal) => {
    const stop = (): void => {
      terminal.error(
        `daemonctl: interrupted at work on ${names}: "daemonctl status" says what is, the same command goes on`,
      )
      process.exit(128 + signalNumber(signal))
    }
    process.once(`SIG${signal}`, stop)
    return () => void process.off(`SIG${signal}`, stop)
  })
  return () => handlers.forEach((off) => off())
}

async function subjectFromFlags(
  surroundings: Surroundings,
  pidfile: string,
  flags: GivenFlags,
  words: readonly string[],
): Promise<Result<Subject, Failure>> {
  const environment = readVariables(flags.env ?? [])
  if (!environment.ok) return environment
  // As start-stop-daemon has it: with --exec the words are its arguments, otherwise the first one is the program.
  const program = flags.startas ?? flags.exec
  const command = program !== undefined ? [program, ...words] : words.length > 0 ? words : undefined
  const values = {
    pidfile,
    // Verbs other than start never run it, and nothing is expected of a program that nobody named.
    command: command ?? ['unnamed'],
    executable: flags.exec,
    user: flags.user,
    group: flags.group,
    type: flags.type,
    directory: flags.directory,
    umask: flags.umask,
    nice: flags.nice,
    'inherit-environment': flags['inherit-environment'],
    environment: environment.value,
    ...table('log', { stdout: flags.log }),
    ...table('start', { timeout: flags.timeout }),
    ...table('stop', { schedule: flags.schedule }),
    ...table('reload', { signal: flags.signal }),
  }
  const name =
    basename(pidfile)
      .replace(/\.pid$/, '')
      .replaceAll(/[^\w.@-]/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .replaceAll(/@.*$/g, '') || 'daemon'
  // Checking flags as definitions are checked takes a while to load.
  const { definitionFromFlags } = await import('../definition/flags.ts')
  const definition = definitionFromFlags({
    name,
    values,
    context: { ...surroundings.context(), directory: process.cwd() },
  })
  if (!definition.ok) {
    return err(failure('usage', 'reading the definition', definition.error.map(formatFinding).join('; ')))
  }
  return ok(
    surroundings.subject(definition.value, {
      commandIsKnown: command !== undefined,
      demanding: flags.exec !== undefined || flags.user !== undefined,
    }),
  )
}

/** A table of a definition, unless none of its keys was given. */
function table(
  name: string,
  keys: Readonly<Record<string, string | undefined>>,
): Record<string, Record<string, string>> {
  const given: Record<string, string> = {}
  for (const [key, value] of Object.entries(keys)) if (value !== undefined) given[key] = value
  return Object.keys(given).length === 0 ? {} : { [name]: given }
}

function readVariables(words: readonly string[]): Result<Record<string, string>, Failure> {
  const variables: Record<string, string> = {}
  for (const word of words) {
    const at = word.indexOf('=')
    if (at <= 0) return err(failure('usage', 'planning', `--env: ${JSON.stringify(word)} is not NAME=VALUE`))
    variables[word.slice(0, at)] = word.slice(at + 1)
  }
  return ok(variables)
}
