import { unreachable } from '../../base/result.ts'
import type { Definition } from '../../definition/definition.ts'
import type { Condition } from '../condition.ts'
import { planReload } from './plan-reload.ts'
import { planRestart } from './plan-restart.ts'
import { planSignal } from './plan-signal.ts'
import { planStart } from './plan-start.ts'
import { planStop } from './plan-stop.ts'
import { planEnd, planRespawn } from './plan-watch.ts'
import type { Plan, Request } from './plan.ts'

/**
 * The plan of every verb in every condition: pure and total. What the cells say in full is in the planner of the verb.
 *
 *   verb          running                  stopped           stale, garbage    foreign           unclear
 *   ------------  -----------------------  ----------------  ----------------  ----------------  -------
 *   start         nothing                  start             clean, start      clean, start      refuse
 *   stop          stop                     nothing, clean    clean             clean             refuse
 *   restart       stop, start              start             clean, start      clean, start      refuse
 *   condrestart   stop, start              nothing           nothing           nothing           refuse
 *   reload        reload                   refuse (7)        refuse (7)        refuse (7)        refuse
 *   force-reload  reload, else restart     nothing           nothing           nothing           refuse
 *   signal        signal                   refuse (7)        refuse (7)        refuse (7)        refuse
 *   respawn       nothing                  start             clean, start      clean, start      refuse
 *   end           stop                     nothing, clean    clean             clean             refuse
 *
 * A start finishes a stop that was never finished (daemonctl was killed) before it starts anew. Processes left over
 * from a main process that died are ended first wherever a start or a stop is planned. respawn and end are the
 * watcher's: they wish for nothing, and a respawn of what is wished down is nothing.
 */
export function plan(request: Request, condition: Condition, definition: Definition): Plan {
  switch (request.verb) {
    case 'start':
      return planStart(condition, definition)
    case 'stop':
      return planStop(condition, definition)
    case 'restart':
      return planRestart(condition, definition)
    case 'condrestart':
      return condition.kind === 'running' || isUnclear(condition)
        ? planRestart(condition, definition)
        : { kind: 'nothing', why: 'it is not running', steps: [] }
    case 'reload':
      return planReload(condition, definition)
    case 'force-reload':
      return planForceReload(condition, definition)
    case 'signal':
      return planSignal(condition, request.signal)
    case 'respawn':
      return planRespawn(condition, definition, request.want)
    case 'end':
      return planEnd(condition, definition, request.only)
    default:
      return unreachable(request)
  }
}

/** LSB: reload if the daemon can, otherwise restart it if it is running. */
function planForceReload(condition: Condition, definition: Definition): Plan {
  if (condition.kind !== 'running' && !isUnclear(condition)) {
    return { kind: 'nothing', why: 'it is not running', steps: [] }
  }
  const reload = planReload(condition, definition)
  return reload.kind === 'refused' && reload.failure.reason === 'unsupported'
    ? planRestart(condition, definition)
    : reload
}

const isUnclear = (condition: Condition): boolean => condition.kind === 'unknown' && condition.matter === 'unclear'
