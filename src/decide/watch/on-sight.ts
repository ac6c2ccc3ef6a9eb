import { isSameProcess } from '../identity.ts'
import type { Milliseconds } from '../../base/duration.ts'
import type { Exit } from '../exit.ts'
import { again } from './again.ts'
import type { Effect, Policy, RememberedPhase, Sight, Watched } from './state.ts'
import { afterExit } from './tally.ts'
import type { Next } from './telling.ts'
import {
  LOOK_AGAIN,
  isWanted,
  up,
  down,
  tell,
  stay,
  enter,
  respawn,
  tryAgain,
  end,
  lookAgain,
  type Step,
} from './turn.ts'

export function touched(state: Watched): Step {
  switch (state.phase.kind) {
    case 'unclear':
      return lookAgain(state, state.phase)
    case 'down':
    case 'backing-off':
    case 'cooling-down':
    case 'up':
      return { state, effects: [{ do: 'observe' }] }
    // Whoever is at work finds out.
    case 'looking':
    case 'starting':
    case 'ending':
      return stay(state)
  }
}

export function observed(state: Watched, sight: Sight, policy: Policy, at: Milliseconds): Step {
  const { phase, gone } = state
  const isOld = sight.kind === 'running' && gone !== undefined && isSameProcess(sight.main, gone)
  if (isOld && phase.kind !== 'looking') return stay(state)
  switch (phase.kind) {
    case 'starting':
    case 'ending':
    case 'unclear':
      return stay(state)
    case 'up':
      return sight.kind === 'running' && !isSameProcess(sight.main, phase.main)
        ? enter(state, up(sight.main, sight.since, policy, at), [
            tell({ kind: 'changed', pid: sight.main.pid, was: phase.main.pid }),
          ])
        : stay(state)
    case 'looking':
    case 'down':
    case 'backing-off':
    case 'cooling-down':
  }
  switch (sight.kind) {
    case 'running':
      return phase.kind === 'looking' && phase.toEnd
        ? end(state, 'wished', sight.main)
        : enter(state, up(sight.main, sight.since, policy, at), [tell({ kind: 'adopted', pid: sight.main.pid })])
    case 'unclear': {
      if (phase.kind !== 'looking') return stay(state)
      const { before, told } = phase
      const news = told === sight.why ? [] : [tell({ kind: 'unclear', why: sight.why })]
      return enter(state, { kind: 'unclear', until: at + LOOK_AGAIN, why: sight.why, before }, news)
    }
    case 'down': {
      if (phase.kind !== 'looking') return stay(state)
      if (!isWanted(state)) return enter(state, down(state.paused ? 'paused' : 'stopped'))
      return takeOver(state, phase.before, policy, at)
    }
  }
}

/** It is down and wanted, and an earlier watcher may have known why it is down. */
function takeOver(state: Watched, before: RememberedPhase | undefined, policy: Policy, at: Milliseconds): Step {
  switch (before?.kind) {
    case 'backing-off':
      return before.until > at ? enter(state, before) : respawn(state)
    case 'cooling-down':
      return before.until > at ? enter(state, before) : tryAgain(state)
    case 'down':
      return before.why === 'stopped' || before.why === 'paused' ? respawn(state) : enter(state, before)
    case 'up': {
      // It ended while nobody watched.
      const exit: Exit = { kind: 'unseen' }
      const verdict = afterExit(exit, policy.respawn)
      const told = (next: Next): Effect => tell({ kind: 'ended', pid: undefined, exit, ran: undefined, next })
      if (verdict !== 'respawn') {
        return enter(state, down(verdict, exit), [told({ kind: 'stay-down', why: verdict })])
      }
      const after = again(state, exit, policy, at)
      return { state: after.state, effects: [told(after.next), ...after.effects] }
    }
    case undefined:
      return respawn(state)
  }
}
