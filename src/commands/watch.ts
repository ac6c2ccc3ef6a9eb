import { Args, Flags } from '@oclif/core'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { exitStatusOf } from '../cli/exit-status.ts'
import { patternFlags } from '../cli/pattern-flags.ts'
import { renderFailure } from '../cli/render/failure.ts'
import { outcomesJson, writeJson } from '../cli/render/json.ts'
import { simulationJson } from '../cli/render/simulation-json.ts'
import { renderOutcome } from '../cli/render/outcome.ts'
import { Surroundings } from '../cli/surroundings.ts'
import type { Terminal } from '../cli/terminal.ts'
import { watchDefinitions } from '../cli/watch-definitions.ts'
import { watcherSubject } from '../cli/watch-detached.ts'
import { watchPatternFlags } from '../cli/watch-pattern.ts'
import { subjectsOf } from '../cli/watching.ts'
import type { Request } from '../decide/plan/plan.ts'
import { SCENARIOS, simulate, simulated, type Scenario } from '../decide/watch/simulate.ts'
import type { MetricsAddress } from '../host/metrics-server.ts'
import { canExecuteAnew, executeFrugally } from '../host/execute-anew.ts'
import { act } from '../operations/act.ts'

export default class Watch extends BaseCommand {
  static override summary = 'Keep daemons up: start them again when they die.'
  static override description =
    'Takes back every daemon that runs, starts those that are wanted, and starts again what dies, by the [respawn] table of its definition. Without a name: all daemons. HUP has the definitions read again, USR2 replaces the watcher by the daemonctl that is installed now, TERM ends it and leaves the daemons running. With --pattern it watches whatever matches, as pgrep(1) finds it, and runs a command when nothing does.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = {
    file: Flags.string({ char: 'f', description: 'the file of definitions', helpValue: 'PATH' }),
    once: Flags.boolean({
      description: 'look once, start what is down and wanted, and end; for cron',
      exclusive: ['detach', 'stop', 'upgrade'],
    }),
    detach: Flags.boolean({
      description: 'watch as a daemon, with a pidfile and a log of its own',
      exclusive: ['stop', 'upgrade'],
    }),
    stop: Flags.boolean({ description: 'end the watcher that was detached', exclusive: ['upgrade'] }),
    upgrade: Flags.boolean({
      description: 'replace the watcher that was detached by the daemonctl that is installed now',
    }),
    'on-exit': Flags.string({
      description: 'what becomes of the daemons when the watcher is told to end',
      options: ['leave', 'stop'],
      default: 'leave',
    }),
    metrics: Flags.string({
      description: 'serve metrics of all daemons over HTTP, for Prometheus: unix:PATH or tcp:HOST:PORT',
      helpValue: 'ADDRESS',
    }),
    'control-group': Flags.string({
      description: 'the group that may use the control socket, besides its owner',
      helpValue: 'GROUP',
    }),
    simulate: Flags.boolean({ description: 'print what the respawn policy would do over time, and do nothing' }),
    scenario: Flags.string({
      description: 'with --simulate: what befalls the daemon',
      options: [...SCENARIOS],
      default: 'crash-loop',
    }),
    'ready-fd': Flags.integer({
      description: 'write a line to this descriptor when every daemon has been looked at',
      helpValue: 'FD',
    }),
    ...patternFlags,
  }
  static override examples = [
    '<%= config.bin %> watch',
    '<%= config.bin %> watch --detach',
    '<%= config.bin %> watch --once myapp',
    '<%= config.bin %> watch --simulate myapp',
    "<%= config.bin %> watch --pattern my.php --full --oldest --recover '/srv/my.php start' --log /var/log/my.log",
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Watch)
    const terminal = this.terminal(flags.quiet)
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const { pattern } = flags
    const done =
      pattern === undefined
        ? await this.watch(surroundings, terminal, flags, argv.map(String))
        : await watchPatternFlags(
            surroundings,
            terminal,
            { ...flags, pattern, names: argv.map(String) },
            { json: flags.json, once: flags.once, dryRun: flags['dry-run'] },
          )
    this.finish(done.ok ? done.value : this.fail(done.error, { json: flags.json, terminal }))
  }

  private async watch(
    surroundings: Surroundings,
    terminal: Terminal,
    flags: WatchFlags,
    names: readonly string[],
  ): Promise<Result<number, Failure>> {
    const choice = { names, file: flags.file }
    const onExit = flags['on-exit'] === 'stop' ? 'stop' : 'leave'
    const controlGroup = flags['control-group']
    if (flags.simulate) return this.simulate(surroundings, terminal, choice, flags)
    if (flags.detach || flags.stop || flags.upgrade) {
      // What is wrong with the definitions is better said here than in the log of a watcher that does not come up.
      const subjects = flags.detach ? await subjectsOf(surroundings, choice) : ok([])
      if (!subjects.ok) return subjects
      return this.detached(surroundings, terminal, flags, { ...choice, onExit, controlGroup, metrics: flags.metrics })
    }
    const gid = controlGroup === undefined ? ok(undefined) : groupId(surroundings, controlGroup)
    if (!gid.ok) return gid
    const address = flags.metrics === undefined ? ok(undefined) : await metricsAddress(flags.metrics)
    if (!address.ok) return address
    // Who has a descriptor to be told at has called us as it should be: that would be closed.
    if (!flags.once && flags['ready-fd'] === undefined) executeFrugally()
    return watchDefinitions(surroundings, terminal, choice, {
      json: flags.json,
      once: flags.once,
      onExit,
      readyFd: flags['ready-fd'],
      controlGid: gid.value,
      metrics: address.value,
    })
  }

  private async simulate(
    surroundings: Surroundings,
    terminal: Terminal,
    choice: { readonly names: readonly string[]; readonly file: string | undefined },
    { scenario, json }: WatchFlags,
  ): Promise<Result<number, Failure>> {
    const subjects = await subjectsOf(surroundings, choice)
    if (!subjects.ok) return subjects
    const known = SCENARIOS.find((one): one is Scenario => one === scenario) ?? 'crash-loop'
    if (json) {
      const daemons = subjects.value.map(({ definition }) => ({
        name: definition.name,
        told: simulated({ respawn: definition.respawn, health: definition.health }, known),
      }))
      terminal.answer(writeJson(simulationJson(known, daemons)))
      return ok(0)
    }
    for (const { definition } of subjects.value) {
      terminal.answer(terminal.theme.heading(`${definition.name}, ${known}:`))
      for (const line of simulate({ respawn: definition.respawn, health: definition.health }, known)) {
        terminal.answer(`  ${line}`)
      }
    }
    return ok(0)
  }

  /** The detached watcher is a daemon: it is started, stopped and replaced like any other. */
  private async detached(
    surroundings: Surroundings,
    terminal: Terminal,
    flags: WatchFlags,
    how: Parameters<typeof watcherSubject>[1],
  ): Promise<Result<number, Failure>> {
    const subject = await watcherSubject(surroundings, how)
    if (!subject.ok) return subject
    const request: Request = flags.stop
      ? { verb: 'stop' }
      : flags.detach
        ? { verb: 'start' }
        : canExecuteAnew()
          ? { verb: 'signal', signal: 'USR2' }
          : { verb: 'condrestart' }
    const progress = {
      waiting: (what: string, since: number, within: number) => terminal.waiting(what, since, within),
      warn: (text: string) => terminal.error(`daemonctl: ${text}`),
    }
    const outcome = await act(surroundings.host, subject.value, request, progress, {
      lockWithin: 60_000,
      rollback: false,
    })
    if (flags.json) terminal.answer(writeJson(outcomesJson(request.verb, [outcome])))
    else {
      terminal.line(renderOutcome(outcome, terminal.theme))
      if (outcome.failure !== undefined) {
        terminal.error(renderFailure(outcome.name, outcome.failure, terminal.theme))
      }
    }
    return ok(exitStatusOf(outcome.failure))
  }
}

interface WatchFlags {
  readonly json: boolean
  readonly file: string | undefined
  readonly once: boolean
  readonly detach: boolean
  readonly stop: boolean
  readonly upgrade: boolean
  readonly 'on-exit': string
  readonly 'control-group': string | undefined
  readonly metrics: string | undefined
  readonly simulate: boolean
  readonly scenario: string
  readonly 'ready-fd': number | undefined
}

async function metricsAddress(text: string): Promise<Result<MetricsAddress, Failure>> {
  const { parseMetricsAddress } = await import('../cli/metrics-endpoint.ts')
  return parseMetricsAddress(text)
}

function groupId({ host }: Surroundings, group: string): Result<number, Failure> {
  const found = host.users.credentials(String(host.processes.self().uid), group)
  return found.ok ? ok(found.value.gid) : err(failure('usage', 'planning', `--control-group: ${found.error}`))
}
