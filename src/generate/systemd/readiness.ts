import type { Definition } from '../../definition/definition.ts'
import { execLine } from '../quote/systemd.ts'
import type { Losses } from '../losses.ts'
import { timeSpan } from './time.ts'

const until = (...test: readonly string[]): string =>
  execLine(['/bin/sh', '-c', 'until "$@"; do sleep 0.2; done', 'ready', ...test])

/** Readiness by ExecStartPost=: the start goes on until it has ended, bounded by TimeoutStartSec=. */
export function readinessLines({ start, type }: Definition, losses: Losses): readonly string[] {
  const { ready } = start
  if (ready === undefined) {
    if (type !== 'notify') {
      const why = 'systemd counts a program as started when it is executed'
      losses.note('start.settle', why, 'one that dies right after its start is a failure later', start.settle)
    }
    return []
  }
  switch (ready.kind) {
    case 'notify':
      return []
    case 'command':
      return [until(...ready.command.argv)]
    case 'unix':
      return [until('test', '-S', ready.path)]
    case 'file':
      return [until('test', '-e', ready.path)]
    case 'delay':
      return [
        execLine(['/bin/sleep', timeSpan(ready.delay).replace(/^(\d+)ms$/, (_, ms) => String(Number(ms) / 1000))]),
      ]
    case 'tcp':
    case 'http':
    case 'log':
    case 'fd':
      losses.note(
        `start.ready.${ready.kind}`,
        'systemd asks nobody whether a daemon is ready',
        type === 'forking'
          ? 'it counts as started when its pidfile is there'
          : 'it counts as started when its program is executed; a daemon that says READY=1 can have type = "notify"',
      )
      return []
  }
}
