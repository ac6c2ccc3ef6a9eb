import { Config, handle, type Command } from '@oclif/core'
import packageJson from '../../package.json'
import { printable } from '../base/text.ts'
import { isCommandId, loadCommand } from '../commands/index.ts'
import { standardStream } from '../host/standard-stream.ts'
import { asksForActionsOf, asksForHelpOf, hasUsualLooks } from './asks-for-help.ts'
import type { BaseCommand } from './base-command.ts'

/**
 * Runs a command with the least of oclif: its class parses its flags and runs, and nothing else of oclif is loaded.
 * Everything that is for people rather than for machines, help and the errors of a mistyped line, is oclif's as it is:
 * help for a pipe or a file as the build has written it down.
 */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const [word = '', ...rest] = argv
  if (word === '--version') return standardStream(1).write(`${userAgent()}\n`)
  if (await printHelp(asksForHelpOf(argv))) return
  const daemon = asksForActionsOf(argv)
  if (daemon !== undefined) return helpWithActions(daemon)
  if (isCommandId(word) && !asksForHelp(rest)) {
    const command = await loadCommand(word)
    if (isOurs(command) && (await runDirectly(Object.assign(command, { id: word }), rest))) return
  }
  const { runOclif } = await import('./oclif.ts')
  await runOclif(argv)
}

/** False: it is for oclif to say what is wrong, or what looks good on this terminal. */
async function printHelp(command: string | undefined): Promise<boolean> {
  const out = standardStream(1)
  if (command === undefined || !hasUsualLooks(out.isTTY, process.env)) return false
  const { helpText } = await import('./help-texts.ts')
  const text = helpText(command, userAgent())
  if (text !== undefined) out.write(text)
  return text !== undefined
}

/** The help of `do`, and what there is to do with this daemon. */
async function helpWithActions(daemon: string): Promise<void> {
  if (!(await printHelp('do'))) {
    const { runOclif } = await import('./oclif.ts')
    await runOclif(['do', '--help'])
  }
  standardStream(1).write(`\nACTIONS OF ${printable(daemon)}\n`)
  await runProgram(['do', daemon])
}

const asksForHelp = (argv: readonly string[]): boolean => argv.includes('--help')

/** A command class of ours, which is not abstract. */
type OurCommand = Command.Class &
  Pick<typeof BaseCommand, 'perform'> &
  (new (argv: string[], config: Config) => BaseCommand)

const isOurs = (command: Command.Class): command is OurCommand => 'perform' in command

/** False: the line cannot be parsed. Nothing has happened yet, and oclif can tell what is wrong with it. */
async function runDirectly(command: OurCommand, argv: readonly string[]): Promise<boolean> {
  try {
    await command.perform(argv, minimalConfig())
    return true
  } catch (error) {
    if (error instanceof Error && 'parse' in error) return false
    await handle(error instanceof Error ? error : new Error(String(error)))
    return true
  }
}

/** What a command that runs asks of its configuration. Loading all of it would take longer than most commands. */
function minimalConfig(): Config {
  const { name, version, oclif } = packageJson
  return Object.assign(new Config({ root: __dirname }), {
    name,
    version,
    bin: oclif.bin,
    userAgent: userAgent(),
    // There are no plugins, so there are no hooks.
    runHook: async () => ({ failures: [], successes: [] }),
  })
}

/** As oclif has it. */
function userAgent(): string {
  const { name, version } = packageJson
  return `${name}/${version} ${process.platform}-${process.arch} node-${process.version}`
}
