import type { Definition } from '../definition/definition.ts'

/** Every absolute path that a definition speaks of, also inside an argument ("--dir=/srv/x", "unix:/run/x.sock"). */
export function declaredPaths(definition: Definition): readonly string[] {
  const { command, configTest, stop, reload, hooks, log, start, health } = definition
  const commands = [command, configTest, stop.command, ...Object.values(hooks.commands)]
  const texts = [
    ...commands.flatMap((one) => one?.argv ?? []),
    ...(reload.by.kind === 'command' ? reload.by.command.argv : []),
    ...Object.values(definition.environment),
    ...definition.environmentFiles.map((file) => file.path),
    ...[log.stdout, log.stderr].flatMap((target) => (target.kind === 'file' ? [target.path] : [])),
    ...[start.ready, health?.probe].flatMap((probe) =>
      probe?.kind === 'unix' || probe?.kind === 'file' ? [probe.path] : [],
    ),
    definition.directory,
    definition.pidfile,
  ]
  const paths = texts.flatMap((text) => text.match(/(?<![A-Za-z0-9_./-])\/[^\s:=,;"'|&<>()]+/g) ?? [])
  return [...new Set([...paths, definition.directory])]
}

/** The ports below 1024 that its probes say it listens on. */
export function declaredPorts({ start, health, metrics }: Definition): readonly number[] {
  const probes = [start.ready, health?.probe, metrics?.from]
  return probes.flatMap((probe) => {
    if (probe?.kind === 'tcp') return [probe.port]
    if (probe?.kind !== 'http') return []
    const url = new URL(probe.url)
    return [url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)]
  })
}
