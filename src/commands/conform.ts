import { Args, Flags } from '@oclif/core'
import { parseDuration } from '../base/duration.ts'
import { failure } from '../base/failure.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { conformSubject } from '../cli/conform-subject.ts'
import { EXIT } from '../cli/exit-status.ts'
import { interruption } from '../cli/interruption.ts'
import { renderMarks, renderScenario, renderScript, renderVerdict } from '../cli/render/conform.ts'
import { conformJson } from '../cli/render/conform-json.ts'
import { writeJson } from '../cli/render/json.ts'
import { Surroundings } from '../cli/surroundings.ts'
import type { Terminal } from '../cli/terminal.ts'
import { hasFullMarks, marksOf, type Verdict } from '../decide/conform/report.ts'
import type { Scenario } from '../decide/conform/scenario.ts'
import { SCENARIOS, SCENARIO_NAMES } from '../decide/conform/scenarios.ts'
import { newTestBench } from '../host/test-bench.ts'
import { conform } from '../operations/conform/conform.ts'
import { VIA } from '../operations/conform/subject.ts'

export default class Conform extends BaseCommand {
  static override summary = 'Test whether an init script does what the Linux Standard Base says.'
  static override description =
    'Starts and stops the daemon about twenty times, kills it, writes garbage and the PID of another process into its pidfile, and compares ' +
    'what comes of it with the tables of the standard. What was started is ended. A daemon that runs is not touched without --interrupt. ' +
    'Exit status: 0 full marks, 1 something failed or could not be tested.'
  static override args = { script: Args.string({ description: 'the path of an init script' }) }
  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'do it: start, stop and kill the daemon' }),
    interrupt: Flags.boolean({ description: 'a daemon that runs is stopped, and started again at the end' }),
    pidfile: Flags.string({ char: 'p', description: 'the pidfile of the daemon, or "none"', helpValue: 'PATH' }),
    name: Flags.string({ description: 'a daemon that is called by its name', helpValue: 'NAME' }),
    via: Flags.option({ options: VIA, description: 'with --name: the program that knows the name' })(),
    shell: Flags.string({ description: 'run the script by this shell', helpValue: 'COMMAND' }),
    only: Flags.string({ description: 'play this scenario only', options: SCENARIO_NAMES, multiple: true }),
    'action-timeout': Flags.string({
      description: 'how long each action may take',
      default: '1m',
      helpValue: 'TIME',
    }),
    'dry-run': Flags.boolean({ char: 'n', description: 'print the steps that would be done, and do nothing' }),
  }
  static override examples = [
    '<%= config.bin %> conform /etc/init.d/cron --yes',
    '<%= config.bin %> conform ./myapp --shell "busybox sh" --yes',
    '<%= config.bin %> conform --name nginx --via systemctl --yes',
  ]

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Conform)
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const { only } = flags
    const scenarios = SCENARIOS.filter(({ name }) => only === undefined || only.includes(name))
    if (flags['dry-run']) {
      terminal.answer(renderScript(scenarios, terminal.theme))
      return this.finish(EXIT.done)
    }
    const within = parseDuration(flags['action-timeout'])
    if (!within.ok) {
      return this.finish(this.fail(failure('usage', 'planning', `--action-timeout: ${within.error}`), output))
    }
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const bench = newTestBench(surroundings.host.processes.self().uid)
    const interrupt = interruption()
    try {
      const subject = await conformSubject(surroundings, bench, args.script, flags)
      if (!subject.ok) return this.finish(this.fail(subject.error, output))
      const { title } = subject.value
      if (!flags.yes) {
        const refusal = failure('usage', 'planning', `the test starts, stops and kills the daemon of ${title}`, {
          remedy: 'say --yes if it may; --dry-run shows the steps',
        })
        return this.finish(this.fail(refusal, output))
      }
      const began = surroundings.host.clock.monotonic()
      const verdicts = await conform(surroundings.host, bench, subject.value, {
        scenarios,
        within: within.value,
        interrupt: flags.interrupt,
        token: `conform-${process.pid}-${surroundings.host.clock.now()}`,
        played: (scenario, found) => {
          if (!flags.json) show(scenario, found, flags.quiet, terminal)
        },
        interrupted: interrupt.signal,
      })
      if (!verdicts.ok) return this.finish(this.fail(verdicts.error, output))
      const marks = marksOf(verdicts.value)
      if (flags.json) terminal.answer(writeJson(conformJson(title, marks, verdicts.value)))
      else terminal.line(renderMarks(title, marks, surroundings.host.clock.monotonic() - began, terminal.theme))
      if (interrupt.signal.aborted) return this.finish(EXIT.interrupted)
      this.finish(hasFullMarks(marks) ? EXIT.done : EXIT.failed)
    } finally {
      interrupt.off()
      bench.close()
    }
  }
}

function show(scenario: Scenario, verdicts: readonly Verdict[], quiet: boolean, terminal: Terminal): void {
  const { theme } = terminal
  if (!quiet) return terminal.line(renderScenario(scenario, verdicts, theme))
  for (const verdict of verdicts) {
    if (verdict.result === 'failed' || verdict.result === 'untested') {
      terminal.answer(renderVerdict(verdict, theme).join('\n'))
    }
  }
}
