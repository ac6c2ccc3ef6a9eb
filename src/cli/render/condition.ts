import type { Condition } from '../../decide/condition.ts'

/** A condition in a few words, without the daemon's name. */
export function describeCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'running':
      return `running (pid ${condition.main.pid})`
    case 'stopped':
      return condition.lockFile ? 'stopped, but its lock file is there' : 'stopped'
    case 'stale':
      return `stale: ${condition.why}`
    case 'foreign':
      return `foreign: ${condition.why}`
    case 'unknown':
      return `unknown: ${condition.why}`
  }
}
