import { Args, Flags } from '@oclif/core'
import { parseDuration } from '../base/duration.ts'
import { failure, failureJson } from '../base/failure.ts'
import { printable } from '../base/text.ts'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { exitStatusOf } from '../cli/exit-status.ts'
import { actingFlags, choiceFlags } from '../cli/flags.ts'
import { writeJson } from '../cli/render/json.ts'
import { renderFailure } from '../cli/render/failure.ts'
import { Surroundings } from '../cli/surroundings.ts'
import type { Action } from '../definition/definition.ts'
import { runAction } from '../operations/run-action.ts'

export default class Do extends DaemonCommand {
  static override summary = 'Run an action that the definition of a daemon adds.'
  static override description =
    'The words behind the action are given to its command. Without an action: what there is. A signal reaches the proven main process and nothing else.'
  static override strict = false
  static override args = {
    name: Args.string({ description: 'the name of a daemon' }),
    action: Args.string({ description: 'one of its [actions], then arguments for it' }),
  }
  static override flags = {
    file: choiceFlags.file,
    'lock-timeout': actingFlags['lock-timeout'],
    names: Flags.boolean({
      description: 'without an action: print the names of the actions only',
      exclusive: ['json'],
    }),
  }
  static override examples = ['<%= config.bin %> do myapp', '<%= config.bin %> do myapp rotate-keys']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Do)
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const [name, action, ...args] = argv.map(String)
    const lockWithin = parseDuration(flags['lock-timeout'])
    if (name === undefined || !lockWithin.ok) {
      const why = lockWithin.ok ? 'it is not said which daemon is meant' : `--lock-timeout: ${lockWithin.error}`
      return this.finish(this.fail(failure('usage', 'planning', why, { remedy: 'do NAME ACTION' }), output))
    }
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const subjects = await this.subjects(surroundings, flags, [name], 'only-one')
    if (!subjects.ok) return this.finish(this.fail(subjects.error, output))
    // The name of a definition with instances stands for all of them.
    let worst = 0
    const done = []
    for (const subject of subjects.value) {
      const { definition } = subject
      if (action === undefined) {
        done.push({ name: definition.name, actions: Object.keys(definition.actions) })
        if (flags.json) continue
        if (flags.names) {
          for (const known of Object.keys(definition.actions)) terminal.answer(known)
          continue
        }
        const lines = Object.entries(definition.actions).map(
          ([known, what]) => `${terminal.theme.name(known)}  ${printable(what.description ?? whatItDoes(what))}`,
        )
        terminal.answer(lines.length === 0 ? `${printable(definition.name)} has no actions` : lines.join('\n'))
        continue
      }
      const ran = await runAction(
        surroundings.host,
        subject,
        { name: action, args },
        {
          waiting: (what, since, within) => terminal.waiting(`${definition.name}: ${what}`, since, within),
          warn: (text) => terminal.error(`daemonctl: ${definition.name}: ${text}`),
        },
        lockWithin.value,
      )
      const status = exitStatusOf(ran.ok ? undefined : ran.error)
      worst = Math.max(worst, status)
      done.push({
        name: definition.name,
        action,
        status,
        output: ran.ok ? ran.value : (ran.error.details ?? []),
        failure: failureJson(ran.ok ? undefined : ran.error),
      })
      if (flags.json) continue
      if (ran.ok) for (const line of ran.value) terminal.answer(printable(line))
      else terminal.error(renderFailure(definition.name, ran.error, terminal.theme))
    }
    if (flags.json) terminal.answer(writeJson({ version: 1, daemons: done }))
    this.finish(worst)
  }
}

const whatItDoes = (action: Action): string =>
  action.kind === 'signal' ? `sends SIG${action.signal}` : action.command.argv.join(' ')
