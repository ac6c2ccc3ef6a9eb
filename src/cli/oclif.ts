import { flush, handle, run, type Command, type Interfaces } from '@oclif/core'
import packageJson from '../../package.json'
import { nearest, printable } from '../base/text.ts'
import { isCommandId, loadCommand } from '../commands/index.ts'
import { EXIT } from './exit-status.ts'
import { cachedCommands } from './manifest.ts'

/**
 * Runs oclif on commands that are all in the bundle: one plugin made from the manifest, nothing looked up on disk.
 * Its help and its errors are oclif's own; a command that is called as it should be has a shorter way, see
 * program.ts.
 */
export async function runOclif(argv: readonly string[]): Promise<void> {
  // oclif looks for a theme and for settings in the user's directories otherwise: two files at every start.
  process.env['DAEMONCTL_DISABLE_THEME'] ??= '1'
  const root = __dirname
  const unknown = unknownCommand(argv)
  if (unknown !== undefined) {
    process.stderr.write(`daemonctl: ${unknown}\n`)
    process.exitCode = EXIT.usage
    return
  }
  const plugin = staticPlugin(root)
  // Whoever reads the help has seen enough of it: head(1).
  process.stdout.on('error', ignoreLostReader)
  try {
    await run([...argv], { root, pjson: plugin.pjson, plugins: new Map([[packageJson.name, plugin]]) })
    await flush()
  } catch (error) {
    await handle(error instanceof Error ? error : new Error(String(error)))
  }
}

function ignoreLostReader(error: Error & { code?: string }): void {
  if (error.code !== 'EPIPE') throw error
}

/** oclif takes the words behind an unknown command for a part of its name. */
function unknownCommand([word]: readonly string[]): string | undefined {
  if (word === undefined || word.startsWith('-')) return undefined
  const known = Object.entries(cachedCommands).flatMap(([id, command]) => [id, ...command.aliases])
  if (known.includes(word)) return undefined
  const near = nearest(word, known)
  const remedy = near === undefined ? '"daemonctl help" lists the commands' : `did you mean ${near}?`
  return `there is no command ${JSON.stringify(printable(word))}\n  → ${remedy}`
}

/** oclif reads the commands of a plugin from here instead of from a directory. */
function staticPlugin(root: string): Interfaces.Plugin {
  const pjson: Interfaces.PJSON = { ...packageJson, oclif: { ...packageJson.oclif, topicSeparator: ' ', plugins: [] } }
  const base: Omit<Interfaces.Plugin, 'commands'> = {
    _base: '@oclif/core',
    alias: packageJson.name,
    name: packageJson.name,
    version: packageJson.version,
    pjson,
    type: 'core',
    root,
    isRoot: true,
    valid: true,
    moduleType: 'commonjs',
    hooks: {},
    topics: [],
    hasManifest: true,
    commandIDs: Object.keys(cachedCommands),
    commandsDir: undefined,
    options: { root },
    findCommand,
    load: async () => {},
  }
  const plugin: Interfaces.Plugin = { ...base, commands: [] }
  async function findCommand(id: string): Promise<Command.Class> {
    if (!isCommandId(id)) throw new Error(`command ${id} not found`)
    const command = await loadCommand(id)
    return Object.assign(command, { id, plugin })
  }
  plugin.commands = Object.entries(cachedCommands).map(([id, command]) => ({
    ...command,
    load: () => findCommand(id),
    pluginAlias: packageJson.name,
    pluginType: 'core',
    pluginName: packageJson.name,
  }))
  return plugin
}
