import { formatDuration } from '../base/duration.ts'
import type { Watched } from '../decide/watch/state.ts'
import { recentStarts } from '../decide/watch/tally.ts'
import { describeExit } from '../decide/exit.ts'
import type { WatchReport } from './control.ts'
import type { WatchedDaemon } from './watched-daemon.ts'
import type { Clock } from '../host/host.ts'

/** It may say as much as it likes. */
const MOST_SAID = 100

/** One daemon for whoever asks. */
export function reportOf(daemon: WatchedDaemon, clock: Clock): WatchReport {
  const { state, subject, policy } = daemon
  const { phase, tally } = state
  const now = clock.monotonic()
  const deadline = 'until' in phase ? phase.until : undefined
  const inWindow = recentStarts(tally, policy.respawn, now).length
  return {
    name: subject.definition.name,
    key: subject.key,
    hash: subject.hash(),
    phase: phase.kind,
    want: state.want,
    paused: state.paused,
    pid: phase.kind === 'up' || phase.kind === 'ending' ? phase.main.pid : undefined,
    since: daemon.since,
    nextAt: deadline === undefined ? undefined : clock.now() + Math.max(0, deadline - now),
    respawns: tally.respawns,
    inWindow,
    burst: policy.respawn.burst,
    sentence: sentenceOf(state, {
      besides: [
        ...(daemon.isAskedFor ? [', nobody tells of its end: it is asked for, four times a second'] : []),
        ...(daemon.says === undefined || daemon.says === '' ? [] : [`, it says: ${daemon.says.slice(0, MOST_SAID)}`]),
      ].join(''),
      left: deadline === undefined ? 0 : Math.max(0, deadline - now),
      burst: `${inWindow} of ${policy.respawn.burst} starts in ${formatDuration(policy.respawn.interval)}`,
    }),
  }
}

/** "backing off, next start in 4 s, 3 of 5 starts in 1 min" */
function sentenceOf({ phase, paused }: Watched, words: { left: number; burst: string; besides: string }): string {
  const { left, burst, besides } = words
  const aside = paused ? ', paused' : ''
  switch (phase.kind) {
    case 'looking':
      return `being looked at${aside}`
    case 'down':
      return `down, ${DOWN[phase.why]}${phase.exit === undefined || phase.exit.kind === 'unseen' ? '' : `, it ${describeExit(phase.exit)}`}${phase.why === 'paused' ? '' : aside}`
    case 'starting':
      return 'being started'
    case 'up':
      return `${phase.healthy ? 'up' : `up, ${phase.failed} failed probes`}${aside}${besides}`
    case 'ending':
      return phase.because === 'wished' ? 'being stopped' : `being stopped to be started again (${phase.because})`
    case 'backing-off':
      return `backing off, next start in ${formatDuration(left)}, ${burst}`
    case 'cooling-down':
      return `cooling down after too many starts, next start in ${formatDuration(left)}`
    case 'unclear':
      return `it cannot be told whether it runs, next look in ${formatDuration(left)}: ${phase.why}`
  }
}

const DOWN = {
  stopped: 'stopped',
  paused: 'paused',
  finished: 'finished',
  prevented: 'finished with a status of prevent-exit',
  'given-up': 'given up after too many starts',
} as const
