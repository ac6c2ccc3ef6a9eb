import { Args } from '@oclif/core'
import { failure, type Failure } from '../base/failure.ts'
import { printable } from '../base/text.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { connectToWatcher } from '../cli/connect-to-watcher.ts'
import { exitStatusOf } from '../cli/exit-status.ts'
import { renderEvent } from '../cli/render/event.ts'
import { failureOnlyJson } from '../cli/render/json.ts'
import { Surroundings } from '../cli/surroundings.ts'
import type { Unanswered } from '../watch/control-client.ts'

export default class Events extends BaseCommand {
  static override summary = 'Follow what the watcher notices and does.'
  static override description =
    'A line for each event, as long as the watcher runs; with --json an object on each line. Without a name: all daemons, and the watcher itself. What was before: "history".'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override examples = ['<%= config.bin %> events', '<%= config.bin %> events --json myapp']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Events)
    const terminal = this.terminal(flags.quiet)
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const watcher = await connectToWatcher(surroundings, PATIENCE)
    const end = (reason: Failure): void => {
      // One object on each line, to the last.
      if (flags.json) terminal.answer(JSON.stringify(failureOnlyJson(reason)))
      this.finish(flags.json ? exitStatusOf(reason) : this.fail(reason, { json: false, terminal }))
    }
    if (watcher === undefined) return end(NO_WATCHER)
    const names = argv.map(String)
    const subscribed = await watcher.subscribe(names.length === 0 ? undefined : names, {
      event: (event) =>
        terminal.answer(flags.json ? JSON.stringify({ version: 1, ...event }) : renderEvent(event, terminal.theme)),
      dropped: (count) => {
        if (flags.json) terminal.answer(JSON.stringify({ version: 1, dropped: count }))
        else terminal.error(terminal.theme.odd(`daemonctl: ${count} events were left out: they came too fast`))
      },
    })
    const because = subscribed.ok ? await Promise.race([watcher.ended(), nobodyReads()]) : undefined
    watcher.close()
    if (because === 'nobody reads') return
    end(subscribed.ok ? HAS_ENDED : unsubscribed(subscribed.error))
  }
}

/** Whoever read our output has had enough: "events | head -1". */
const nobodyReads = (): Promise<'nobody reads'> =>
  new Promise((resolve) => process.stdout.once('error', () => resolve('nobody reads')))

/** Nobody else could do this: a watcher that has a lot to do gets its time. */
const PATIENCE = 5_000

const NO_WATCHER = failure('not-running', 'asking the watcher', 'no watcher answers here', {
  remedy: 'daemonctl watch; or "daemonctl history" for what was',
})

const HAS_ENDED = failure('not-running', 'asking the watcher', 'the watcher has ended')

function unsubscribed(unanswered: Unanswered): Failure {
  if (unanswered.kind !== 'refused') return HAS_ENDED
  return failure('not-configured', 'asking the watcher', printable(unanswered.message), {
    remedy: '"daemonctl events" without a name shows all that is watched',
  })
}
