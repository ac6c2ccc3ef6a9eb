import { posix } from 'node:path'
import { describe } from './check-shape.ts'
import { completeAll } from './complete/instances.ts'
import { parseName } from './name.ts'
import { isWithin, type Finding } from './problem.ts'
import { DAEMON_SHAPE, SINGLE_FILE_SHAPE, daemon, singleFile, type WrittenDaemon } from './schema/daemon.ts'
import type { DefinitionContext } from './scope.ts'
import type { DefinitionSource } from './source.ts'
import { isTable, type RawTable } from './toml.ts'
import { validate, type Validated } from './validate.ts'

/** What was read: with findings, the sources are not to be used. */
export interface Reading {
  readonly sources: readonly DefinitionSource[]
  readonly findings: readonly Finding[]
}

export interface ReadInput {
  readonly text: string
  readonly file: string
  readonly context: DefinitionContext
}

/** /etc/daemonctl/NAME.toml: the whole file is one daemon. */
export function readSingle(raw: RawTable, input: ReadInput): Reading {
  if ('daemons' in raw) {
    const message = 'tables of daemons stand in a file daemonctl.toml only'
    return { sources: [], findings: [{ path: ['daemons'], message, remedy: 'this file is one daemon' }] }
  }
  return readDaemon(raw, validate(raw, singleFile, SINGLE_FILE_SHAPE), [], input)
}

/** daemonctl.toml: tables [daemons.NAME]. */
export function readProject(raw: RawTable, input: ReadInput): Reading {
  const outside = Object.keys(raw).filter((key) => key !== 'daemons')
  const { daemons = {} } = raw
  const readings = isTable(daemons)
    ? Object.entries(daemons).map(([name, table]) => readTable(table, name, input))
    : [notATable(daemons, ['daemons'])]
  const sources = readings.flatMap((reading) => reading.sources)
  const findings = [...outside.map(outsideDaemons), ...readings.flatMap((reading) => reading.findings)]
  return { sources, findings: [...findings, ...findShared(sources)] }
}

function readTable(raw: unknown, name: string, input: ReadInput): Reading {
  const table = ['daemons', name]
  return isTable(raw) ? readDaemon(raw, validate(raw, daemon, DAEMON_SHAPE), table, input) : notATable(raw, table)
}

function notATable(raw: unknown, path: readonly string[]): Reading {
  return { sources: [], findings: [{ path, message: `expected a table, but this is ${describe(raw)}` }] }
}

function readDaemon(
  raw: RawTable,
  { written, findings }: Validated<WrittenDaemon & { readonly name?: string }>,
  table: readonly string[],
  input: ReadInput,
): Reading {
  const inTable = (finding: Finding): Finding => ({ ...finding, path: [...table, ...finding.path] })
  if (written === undefined) return { sources: [], findings: findings.map(inTable) }
  const name = written.name ?? table.at(-1) ?? posix.basename(input.file, '.toml')
  const namePath = written.name === undefined ? [] : ['name']
  const completed = completeAll(written, name, namePath, input.context)
  const { base, template } = nameParts(name)
  const origin = { text: input.text, raw, written, context: input.context }
  const { instances = 1 } = written
  return {
    sources: completed.definitions.map((definition) => ({
      definition,
      file: input.file,
      table,
      base,
      instances,
      template,
      origin,
    })),
    findings: [...findings, ...withoutEchoes(completed.findings, findings)].map(inTable),
  }
}

function nameParts(name: string): { base: string; template: boolean } {
  const parsed = parseName(name)
  return parsed.ok ? parsed.value : { base: name, template: false }
}

/** A key found wrong was taken out, and is then missed: "health needs a probe" after "this probe is wrong". */
function withoutEchoes(findings: readonly Finding[], earlier: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ path }) =>
    earlier.every((first) => !isWithin(path, first.path) && (path.length === 0 || !isWithin(first.path, path))),
  )
}

function outsideDaemons(key: string): Finding {
  const known = DAEMON_SHAPE.kind === 'table' && DAEMON_SHAPE.entries.has(key)
  const message = known ? `${JSON.stringify(key)} belongs to a daemon` : `unknown key ${JSON.stringify(key)}`
  return { path: [key], message, remedy: known ? 'put it under [daemons.NAME]' : 'daemons are tables [daemons.NAME]' }
}

/** Two daemons of one name or one pidfile would take each other for themselves. Told once a table. */
function findShared(sources: readonly DefinitionSource[]): Finding[] {
  const shared = new Map<DefinitionSource['table'], Finding>()
  const names = new Set<string>()
  const pidfiles = new Map<string, string>()
  for (const { definition, table } of sources) {
    const { name, pidfile } = definition
    const other = pidfiles.get(pidfile)
    if (names.has(name)) {
      shared.set(table, { path: table, message: `there is already a daemon ${JSON.stringify(name)}` })
    } else if (other !== undefined) {
      const message = `${JSON.stringify(other)} has this pidfile already`
      shared.set(table, { path: [...table, 'pidfile'], message })
    }
    names.add(name)
    pidfiles.set(pidfile, name)
  }
  return [...shared.values()]
}
