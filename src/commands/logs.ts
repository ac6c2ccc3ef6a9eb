import { Args, Flags } from '@oclif/core'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { signalNumber } from '../base/signals.ts'
import { printable } from '../base/text.ts'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { exitStatusOf, worst } from '../cli/exit-status.ts'
import { choiceFlags } from '../cli/flags.ts'
import { LogOutput } from '../cli/log-output.ts'
import { renderFailure } from '../cli/render/failure.ts'
import { logLineJson, shownLine } from '../cli/render/log-line.ts'
import { Surroundings } from '../cli/surroundings.ts'
import type { Terminal } from '../cli/terminal.ts'
import { parseMoment } from '../decide/logs/moment.ts'
import { chainLogs, mergeLogs } from '../logs/merge-logs.ts'
import { readBytes, readLog, type LogEvent, type ReadOptions } from '../logs/read-log.ts'
import type { Subject } from '../operations/run.ts'

const STAGE = 'reading the log'
const LINES_WITHOUT_A_WISH = 10

/** The flags as oclif parsed them. */
interface Wishes {
  readonly lines: string | undefined
  readonly follow: boolean
  readonly since: string | undefined
  readonly until: string | undefined
  readonly grep: string | undefined
  readonly stderr: boolean
  readonly merge: boolean
  readonly json: boolean
}

/** One log that is read. */
interface Source {
  readonly name: string
  readonly path: string
}

export default class LogsCommand extends DaemonCommand {
  static override summary = 'Show the logs of daemons, through their archives, and follow them across rotations.'
  static override description =
    'Archives and live file are read as one stream. Without -n, --since, --until and --grep: the last 10 lines. ' +
    'On a terminal bytes that would command it are shown instead; into a pipe one log goes as it is, byte for byte.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = {
    all: choiceFlags.all,
    // -f is --follow here, as everybody's fingers know it.
    file: Flags.string({ description: 'the file of definitions', helpValue: 'PATH', helpGroup: 'WHICH DAEMONS' }),
    lines: Flags.string({
      char: 'n',
      description: 'the last so many lines (of those that match), or "all"',
      helpValue: 'N',
    }),
    follow: Flags.boolean({ char: 'f', description: 'go on with what is written from now on' }),
    since: Flags.string({
      description: 'lines of this time and later: "10m", "14:30", "2026-11-21 14:30", "yesterday"',
      helpValue: 'TIME',
    }),
    until: Flags.string({ description: 'lines of this time and earlier', helpValue: 'TIME' }),
    grep: Flags.string({ description: 'lines that match a JavaScript regular expression', helpValue: 'RE' }),
    stderr: Flags.boolean({ description: 'the log of the standard error, where it has one of its own' }),
    merge: Flags.boolean({ description: 'several logs as one, in the order of time' }),
  }
  static override examples = [
    '<%= config.bin %> logs myapp -n 100 -f',
    '<%= config.bin %> logs --all --merge --since 10m --grep error',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(LogsCommand)
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const wishes: Wishes = flags
    const stop = abortedBySignals()
    const options = readOptions(wishes, surroundings.host.clock.now(), stop.signal)
    if (!options.ok) return this.finish(this.fail(options.error, output))
    const subjects = await this.subjects(surroundings, flags, argv.map(String), 'only-one')
    if (!subjects.ok) return this.finish(this.fail(subjects.error, output))
    const sources = sourcesOf(subjects.value, flags.stderr)
    if (!sources.ok) return this.finish(this.fail(sources.error, output))
    const failures = await show(surroundings, sources.value, { options: options.value, wishes, terminal })
    this.finish(stop.status() ?? worst(failures.map(exitStatusOf)))
    // What was watched would keep us.
    if (stop.signal.aborted) process.exit()
  }
}

function readOptions(wishes: Wishes, now: number, signal: AbortSignal): Result<ReadOptions, Failure> {
  const usage = (message: string): Result<never, Failure> => err(failure('usage', STAGE, message))
  const { lines: written, follow, merge, json } = wishes
  const selects = wishes.since !== undefined || wishes.until !== undefined || wishes.grep !== undefined
  const count = written ?? (selects ? 'all' : String(LINES_WITHOUT_A_WISH))
  if (count !== 'all' && !/^\d{1,9}$/.test(count))
    return usage(`-n: ${JSON.stringify(count)} is neither a number nor "all"`)
  const since = wishes.since === undefined ? ok(undefined) : parseMoment(wishes.since, now)
  if (!since.ok) return usage(`--since: ${since.error}`)
  const until = wishes.until === undefined ? ok(undefined) : parseMoment(wishes.until, now)
  if (!until.ok) return usage(`--until: ${until.error}`)
  const grep = regularExpression(wishes.grep)
  if (!grep.ok) return usage(`--grep: ${grep.error}`)
  return ok({
    lines: count === 'all' ? 'all' : Number(count),
    follow,
    since: since.value,
    until: until.value,
    grep: grep.value,
    times: merge || json,
    signal,
  })
}

function regularExpression(source: string | undefined): Result<RegExp | undefined, string> {
  try {
    return ok(source === undefined ? undefined : new RegExp(source, 'u'))
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}

function sourcesOf(subjects: readonly Subject[], ofStderr: boolean): Result<readonly Source[], Failure> {
  const sources = subjects.flatMap(({ definition: { name, log } }): readonly Source[] => {
    const target = ofStderr && log.stderr.kind !== 'same-as-stdout' ? log.stderr : log.stdout
    return target.kind === 'file' ? [{ name, path: target.path }] : []
  })
  if (sources.length > 0 || subjects.length === 0) return ok(sources)
  const [only] = subjects
  const target = only?.definition.log.stdout
  if (only !== undefined && target?.kind === 'passed-on') {
    const { name } = only.definition
    const remedy = {
      journald: `journalctl -t ${name} shows it`,
      syslog: `look for ${name} in the files of your syslog daemon`,
      stdout: 'look at the output of whoever started it, such as the watcher',
    }
    return err(failure('unsupported', STAGE, `its output goes to ${target.to}`, { remedy: remedy[target.to] }))
  }
  return err(
    failure('unsupported', STAGE, 'its output is kept nowhere', {
      remedy: 'name a file in its definition: log.stdout',
    }),
  )
}

interface Showing {
  readonly options: ReadOptions
  readonly wishes: Wishes
  readonly terminal: Terminal
}

async function show(
  { host }: Surroundings,
  sources: readonly Source[],
  { options, wishes, terminal }: Showing,
): Promise<readonly Failure[]> {
  const output = new LogOutput(process.stdout)
  const [only] = sources
  const selects = options.since !== undefined || options.until !== undefined || options.grep !== undefined
  const raw = sources.length === 1 && !wishes.json && !output.isTerminal && !selects
  const streams = sources.map((source) => located(host, source, options, raw))
  const events = wishes.merge ? mergeLogs(streams, options.lines) : chainLogs(streams)
  const width = Math.max(0, ...sources.map(({ name }) => name.length))
  const failures: Failure[] = []
  for await (const { source, event } of events) {
    const name = sources[source]?.name ?? only?.name ?? ''
    switch (event.kind) {
      case 'bytes':
        await output.write(event.bytes)
        break
      case 'line': {
        const { line, time } = event
        if (wishes.json) {
          await output.write(`${logLineJson(name, line, time)}\n`)
          break
        }
        const prefix = sources.length === 1 ? '' : `${terminal.theme.source(source, name.padEnd(width))} | `
        const text = output.isTerminal ? shownLine(line.bytes) : line.bytes
        await output.write(Buffer.concat([Buffer.from(prefix), Buffer.from(text), Buffer.from('\n')]))
        break
      }
      case 'note':
        terminal.error(`${terminal.theme.odd('daemonctl:')} ${name}: ${printable(event.text)}`)
        break
      case 'failed':
        failures.push(event.failure)
        terminal.error(renderFailure(name, event.failure, terminal.theme))
        break
      case 'caught-up':
        await output.flush()
        break
    }
  }
  await output.flush()
  return failures
}

async function* located(
  host: Surroundings['host'],
  { path }: Source,
  options: ReadOptions,
  raw: boolean,
): AsyncGenerator<LogEvent> {
  const real = host.files.exists(path) || options.follow ? host.logs.locate(path) : ok(undefined)
  if (!real.ok) yield { kind: 'failed', failure: real.error }
  else if (real.value === undefined) yield { kind: 'note', text: `there is no ${path} yet` }
  else yield* raw ? readBytes(host, real.value, options) : readLog(host, real.value, options)
}

/** A follow ends by a signal, and that is how it is meant to end. */
function abortedBySignals(): { readonly signal: AbortSignal; status(): number | undefined } {
  const controller = new AbortController()
  let status: number | undefined
  for (const name of ['INT', 'TERM', 'HUP'] as const) {
    process.once(`SIG${name}`, () => {
      status = 128 + signalNumber(name)
      controller.abort()
    })
  }
  return { signal: controller.signal, status: () => status }
}
