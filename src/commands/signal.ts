import { Args } from '@oclif/core'
import { failure } from '../base/failure.ts'
import { parseSignal } from '../base/signals.ts'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { actingFlags, choiceFlags, matchFlags } from '../cli/flags.ts'

export default class Signal extends DaemonCommand {
  static override summary = 'Send a signal to the main process of daemons.'
  static override description =
    'The last word is the signal: HUP, SIGHUP or 1. It reaches the proven main process and nothing else.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons, then the signal' }) }
  static override flags = { ...choiceFlags, ...matchFlags, ...actingFlags }
  static override examples = [
    '<%= config.bin %> signal myapp USR1',
    '<%= config.bin %> signal --pidfile /run/x.pid HUP',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Signal)
    const words = argv.map(String)
    const signal = parseSignal(words.pop() ?? '')
    if (!signal.ok) {
      const terminal = this.terminal(flags.quiet)
      const reason = failure('usage', 'signalling', signal.error, {
        remedy: 'the last word is the signal: signal NAME HUP',
      })
      return this.finish(this.fail(reason, { json: flags.json, terminal }))
    }
    await this.actOn({ verb: 'signal', signal: signal.value }, flags, words)
  }
}
