import type { Command } from '@oclif/core'
import manifest from '../../oclif.manifest.json'

/** The commands as oclif describes them without loading them: made by the build from the command classes. */
export const cachedCommands: Readonly<Record<string, Command.Cached>> = readManifest(manifest.commands)

function readManifest(commands: Readonly<Record<string, object>>): Record<string, Command.Cached> {
  const cached: Record<string, Command.Cached> = {}
  for (const [id, command] of Object.entries(commands)) {
    if (isCached(command)) cached[id] = command
  }
  return cached
}

function isCached(command: object): command is Command.Cached {
  return 'flags' in command && 'args' in command
}
