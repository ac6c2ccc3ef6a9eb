import { Args } from '@oclif/core'
import { failure } from '../base/failure.ts'
import { parseDuration } from '../base/duration.ts'
import { signalNumber, type SignalName } from '../base/signals.ts'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { actingFlags, choiceFlags, matchFlags, programFlags } from '../cli/flags.ts'
import { Surroundings } from '../cli/surroundings.ts'
import { runForeground } from '../operations/run-foreground.ts'

/** What a process manager or a person may send us, and means the daemon. */
const FORWARDED = ['TERM', 'INT', 'QUIT', 'HUP', 'USR1', 'USR2', 'WINCH', 'CONT'] as const
/** The terminal sends these to the daemon itself, which is in our process group. */
const FROM_TERMINAL: readonly SignalName[] = ['INT', 'QUIT', 'HUP', 'WINCH']

export default class Run extends DaemonCommand {
  static override summary = 'Run a daemon in the foreground.'
  static override description =
    'Runs it on this terminal with the user, environment and limits of its definition; signals are forwarded. The exit status is that of the daemon.'
  static override strict = false
  static override args = { names: Args.string({ description: 'the name of a daemon; with --pidfile the program' }) }
  static override flags = {
    ...choiceFlags,
    ...matchFlags,
    ...programFlags,
    'lock-timeout': actingFlags['lock-timeout'],
  }
  static override examples = ['<%= config.bin %> run myapp']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Run)
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const subjects = await this.subjects(surroundings, flags, argv.map(String), 'only-one')
    if (!subjects.ok) return this.finish(this.fail(subjects.error, output))
    const [subject, ...more] = subjects.value
    const lockWithin = parseDuration(flags['lock-timeout'])
    if (subject === undefined || more.length > 0 || !lockWithin.ok) {
      const why = lockWithin.ok ? 'one daemon at a time can have the foreground' : lockWithin.error
      return this.finish(this.fail(failure('usage', 'planning', why), output))
    }
    const progress = { waiting: () => {}, warn: (text: string) => terminal.error(`daemonctl: ${text}`) }
    const ended = await runForeground(surroundings.host, subject, progress, {
      lockWithin: lockWithin.value,
      forward: forwardSignals,
    })
    if (!ended.ok) return this.finish(this.fail(ended.error, output, subject.definition.name))
    const exit = ended.value
    this.finish(exit.kind === 'code' ? exit.code : exit.kind === 'signal' ? 128 + signalNumber(exit.signal) : 1)
  }
}

function forwardSignals(send: (signal: SignalName) => void): () => void {
  const handlers = FORWARDED.map((signal) => {
    const handler = (): void => {
      if (!process.stdin.isTTY || !FROM_TERMINAL.includes(signal)) send(signal)
    }
    process.on(`SIG${signal}`, handler)
    return () => void process.off(`SIG${signal}`, handler)
  })
  return () => handlers.forEach((stop) => stop())
}
