import { parseHttpUrl, parseTcpAddress, type TcpAddress } from '../address.ts'
import type { MetricsSource, Probe } from '../definition.ts'
import { DEFAULTS } from '../defaults.ts'
import { absolutePath, expand } from '../expand.ts'
import type { KeyPath } from '../problem.ts'
import type { WrittenMetrics, WrittenProbe } from '../schema/probe.ts'
import { report, type Scope } from '../scope.ts'
import { completeCommand } from './command.ts'

const PROBE_KINDS = ['tcp', 'unix', 'http', 'file', 'log', 'command', 'notify', 'fd', 'delay'] as const
const METRICS_KINDS = ['tcp', 'unix', 'http', 'command', 'file'] as const

type Use = 'readiness' | 'health'

/** Says once whether the daemon is up, which says nothing about its health later. */
const READINESS_ONLY: ReadonlySet<string> = new Set(['fd', 'delay', 'log'])

export function completeProbe(written: WrittenProbe, use: Use, path: KeyPath, scope: Scope): Probe | undefined {
  const kind = onlyKind(written, PROBE_KINDS, path, scope)
  if (kind === undefined) return undefined
  if (use === 'health' && READINESS_ONLY.has(kind)) {
    report(scope, [...path, kind], `${kind} asks for readiness once: it cannot ask for health`)
  }
  if (written['max-age'] !== undefined && kind !== 'file') {
    report(scope, [...path, 'max-age'], 'max-age belongs to a probe by file')
  }
  return probeOf(written, path, scope)
}

function probeOf(written: WrittenProbe, path: KeyPath, scope: Scope): Probe | undefined {
  const { tcp, unix, http, file, log, command, notify, fd, delay } = written
  if (tcp !== undefined) return { kind: 'tcp', ...tcpAddress(tcp, [...path, 'tcp'], scope) }
  if (unix !== undefined) return { kind: 'unix', path: absolutePath(unix, scope) }
  if (http !== undefined) return { kind: 'http', url: httpUrl(http, [...path, 'http'], scope) }
  if (file !== undefined) return { kind: 'file', path: absolutePath(file, scope), maxAge: written['max-age'] }
  if (log !== undefined) return { kind: 'log', pattern: regularExpression(log, [...path, 'log'], scope) }
  if (command !== undefined) return { kind: 'command', command: completeCommand(command, [...path, 'command'], scope) }
  if (fd !== undefined) return { kind: 'fd', fd }
  if (delay !== undefined) return { kind: 'delay', delay }
  if (notify === false) report(scope, [...path, 'notify'], 'notify is true, or not there')
  return notify === undefined ? undefined : { kind: 'notify' }
}

export function completeMetrics(written: WrittenMetrics, scope: Scope): MetricsSource | undefined {
  // An empty table is a heading that somebody left for later.
  if (Object.keys(written).length === 0) return undefined
  onlyKind(written, METRICS_KINDS, ['metrics'], scope)
  const from = metricsFrom(written, ['metrics'], scope)
  if (from === undefined) return undefined
  return {
    from,
    format: written.format ?? DEFAULTS.metrics.format,
    interval: written.interval ?? DEFAULTS.metrics.interval,
    timeout: written.timeout ?? DEFAULTS.metrics.timeout,
  }
}

function metricsFrom(written: WrittenMetrics, path: KeyPath, scope: Scope): MetricsSource['from'] | undefined {
  const { tcp, unix, http, command, file } = written
  if (tcp !== undefined) return { kind: 'tcp', ...tcpAddress(tcp, [...path, 'tcp'], scope) }
  if (unix !== undefined) return { kind: 'unix', path: absolutePath(unix, scope) }
  if (http !== undefined) return { kind: 'http', url: httpUrl(http, [...path, 'http'], scope) }
  if (command !== undefined) return { kind: 'command', command: completeCommand(command, [...path, 'command'], scope) }
  return file === undefined ? undefined : { kind: 'file', path: absolutePath(file, scope) }
}

/** The one key of several that excludes the others. */
function onlyKind<K extends string>(
  written: Readonly<Partial<Record<K, unknown>>>,
  kinds: readonly K[],
  path: KeyPath,
  scope: Scope,
): K | undefined {
  const [kind, other] = kinds.filter((each) => written[each] !== undefined)
  if (kind === undefined) report(scope, path, `one of ${kinds.join(', ')} is missing here`)
  if (other !== undefined) report(scope, [...path, other], `${kind} and ${other} exclude each other`)
  return kind
}

function tcpAddress(written: string | number, path: KeyPath, scope: Scope): TcpAddress {
  const address = parseTcpAddress(expand(String(written), scope))
  if (address.ok) return address.value
  report(scope, path, address.error)
  return { host: '', port: 0 }
}

function httpUrl(written: string, path: KeyPath, scope: Scope): string {
  const url = parseHttpUrl(expand(written, scope))
  if (url.ok) return url.value
  report(scope, path, url.error)
  return ''
}

function regularExpression(source: string, path: KeyPath, scope: Scope): string {
  try {
    new RegExp(source)
  } catch (error) {
    report(scope, path, error instanceof Error ? error.message : String(error))
  }
  return source
}
