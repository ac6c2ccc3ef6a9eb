import type { Command, Definition, Hooks, HookName, Probe } from '../definition/definition.ts'

/**
 * The definition with every program that is a bare name replaced by its path: inits do not look through the PATH that
 * the definition was written for. A program that is not installed here stays as it is.
 */
export function withPrograms(definition: Definition, resolve: (program: string) => string | undefined): Definition {
  const command = (written: Command): Command => {
    const [program = '', ...rest] = written.argv
    return { ...written, argv: [program.includes('/') ? program : (resolve(program) ?? program), ...rest] }
  }
  const optional = (written: Command | undefined): Command | undefined =>
    written === undefined ? undefined : command(written)
  const { start, stop, reload, health, hooks } = definition
  return {
    ...definition,
    command: command(definition.command),
    configTest: optional(definition.configTest),
    start: { ...start, ready: probe(start.ready, command) },
    stop: { ...stop, command: optional(stop.command) },
    reload:
      reload.by.kind === 'command'
        ? { ...reload, by: { kind: 'command', command: command(reload.by.command) } }
        : reload,
    health: health === undefined ? undefined : { ...health, probe: probe(health.probe, command) },
    hooks: { ...hooks, commands: hookCommands(hooks, command) },
  }
}

const probe = (written: Probe | undefined, command: (written: Command) => Command): Probe | undefined =>
  written?.kind === 'command' ? { kind: 'command', command: command(written.command) } : written

function hookCommands(hooks: Hooks, command: (written: Command) => Command): Hooks['commands'] {
  const commands: Partial<Record<HookName, Command>> = { ...hooks.commands }
  for (const [name, written] of Object.entries(hooks.commands)) Object.assign(commands, { [name]: command(written) })
  return commands
}
