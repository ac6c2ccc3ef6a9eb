import { formatDuration } from '../base/duration.ts'
import type { Probe } from '../definition/definition.ts'

/** A probe in a few words. */
export function describeProbe(probe: Probe): string {
  switch (probe.kind) {
    case 'tcp':
      return `tcp ${probe.host}:${probe.port}`
    case 'unix':
      return `unix ${probe.path}`
    case 'http':
      return probe.url
    case 'file':
      return `file ${probe.path}`
    case 'log':
      return `log line /${probe.pattern}/`
    case 'command':
      return `command ${probe.command.argv.join(' ')}`
    case 'fd':
      return `a line on descriptor ${probe.fd}`
    case 'notify':
      return 'READY=1'
    case 'delay':
      return `delay of ${formatDuration(probe.delay)}`
  }
}
