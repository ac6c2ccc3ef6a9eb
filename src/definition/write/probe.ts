import { unreachable } from '../../base/result.ts'
import { formatTcpAddress } from '../address.ts'
import type { MetricsSource, Probe } from '../definition.ts'
import { writeCommand, type Pen } from './pen.ts'
import { maybe, tableOf, writeDuration, type WrittenTable } from './values.ts'

export function writeProbe(probe: Probe, pen: Pen): WrittenTable {
  switch (probe.kind) {
    case 'tcp':
    case 'unix':
    case 'http':
    case 'command':
      return writeAddress(probe, pen)
    case 'file':
      return tableOf({ file: pen.text(probe.path), 'max-age': maybe(probe.maxAge, writeDuration) })
    case 'log':
      return { log: probe.pattern }
    case 'fd':
      return { fd: probe.fd }
    case 'notify':
      return { notify: true }
    case 'delay':
      return { delay: writeDuration(probe.delay) }
    default:
      return unreachable(probe)
  }
}

export function writeMetrics({ from, format, interval, timeout }: MetricsSource, pen: Pen): WrittenTable {
  const source = from.kind === 'file' ? { file: pen.text(from.path) } : writeAddress(from, pen)
  return { ...source, format, interval: writeDuration(interval), timeout: writeDuration(timeout) }
}

/** What probes and metrics have in common. */
type Address = Extract<Probe, { readonly kind: 'tcp' | 'unix' | 'http' | 'command' }>

function writeAddress(address: Address, pen: Pen): WrittenTable {
  switch (address.kind) {
    case 'tcp':
      return { tcp: pen.text(formatTcpAddress(address)) }
    case 'unix':
      return { unix: pen.text(address.path) }
    case 'http':
      return { http: pen.text(address.url) }
    case 'command':
      return { command: writeCommand(address.command, pen) }
    default:
      return unreachable(address)
  }
}
