import { dirname } from 'node:path'
import type { Definition } from '../definition/definition.ts'
import type { Host } from '../host/host.ts'
import { CLEAN_PATH } from './environment.ts'

/** What a definition asks of this host and does not get, in sentences. Starts nothing. */
export function checkAgainstHost(host: Host, definition: Definition): readonly string[] {
  const problems: string[] = []
  const path =
    definition.environment['PATH'] ??
    (definition.inheritEnvironment ? host.environment['PATH'] : undefined) ??
    CLEAN_PATH
  const commands: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['command', definition.command.argv],
    ['config-test', definition.configTest?.argv],
    ['stop.command', definition.stop.command?.argv],
    ['reload.command', definition.reload.by.kind === 'command' ? definition.reload.by.command.argv : undefined],
    ...Object.entries(definition.hooks.commands).map(([name, command]) => [`hooks.${name}`, command.argv] as const),
  ]
  for (const [key, argv] of commands) {
    const program = argv?.[0]
    if (program !== undefined && host.spawner.resolve(program, path) === undefined) {
      problems.push(`${key}: ${program} ${host.files.exists(program) ? 'cannot be executed' : 'is not installed'}`)
    }
  }
  if (!host.files.isDirectory(definition.directory))
    problems.push(`directory: ${definition.directory} is not a directory`)
  if (definition.user !== undefined || definition.group !== undefined) {
    const found = host.users.credentials(definition.user ?? String(host.processes.self().uid), definition.group)
    if (!found.ok) problems.push(`user: ${found.error}`)
  }
  for (const file of definition.environmentFiles) {
    const text = host.files.readTrusted(file.path)
    if (!text.ok && !(text.error.missing && file.optional)) {
      problems.push(`environment-file: ${file.path}: ${text.error.why}`)
    }
  }
  const compression = host.logs.obstacle(definition.log.compress)
  if (compression !== undefined) problems.push(`log.compress: ${compression.message}`)
  const pidfile = host.pidfiles.read(definition.pidfile)
  if (pidfile.kind === 'refused' || pidfile.kind === 'unreadable') {
    problems.push(`pidfile: ${definition.pidfile}: ${pidfile.why}`)
  }
  const notified = [
    ...(definition.type === 'notify' ? ['type'] : []),
    ...(definition.health?.probe?.kind === 'notify' ? ['health.probe'] : []),
  ]
  const support = notified.length === 0 ? undefined : host.probes.notifySupport()
  if (support?.ok === false) problems.push(...notified.map((key) => `${key}: ${support.error}`))
  if (host.files.exists(dirname(definition.pidfile)) && !host.files.isDirectory(dirname(definition.pidfile))) {
    problems.push(`pidfile: ${dirname(definition.pidfile)} is not a directory`)
  }
  return problems
}

/** Two daemons with one pidfile would each be taken for the other. */
export function sharedPidfiles(definitions: readonly Definition[]): readonly string[] {
  const byPidfile = new Map<string, string>()
  const problems: string[] = []
  for (const { name, pidfile } of definitions) {
    const other = byPidfile.get(pidfile)
    if (other !== undefined && other !== name) problems.push(`${name} and ${other} have the same pidfile, ${pidfile}`)
    byPidfile.set(pidfile, name)
  }
  return problems
}
