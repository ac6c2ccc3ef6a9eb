import { readdirSync } from 'node:fs'
import type { Milliseconds } from '../base/duration.ts'
import type { ProcessFacts } from '../decide/process-facts.ts'
import type { NewProcessFacts } from './host.ts'
import { readProc, readToken } from './proc.ts'

/** Who asks within this time is answered by one look: a watcher starts hundreds of daemons at once. */
const TOGETHER: Milliseconds = 5

/**
 * Looks for processes that were made after a certain one, and not by us. Only what has a later PID is looked at; where
 * PIDs have begun anew meanwhile, everything is.
 */
export function newcomers(
  isOwnChild: (pid: number) => boolean,
  look: (pid: string) => ProcessFacts | undefined,
): (pid: number) => Promise<readonly NewProcessFacts[]> {
  let asked: number[] = []
  let answer: Promise<readonly NewProcessFacts[]> | undefined
  const lookForAll = (): readonly NewProcessFacts[] => {
    const begunAnew = asked.some((pid) => newestPid() < pid)
    const after = begunAnew ? 0 : Math.min(...asked)
    asked = []
    answer = undefined
    return pids()
      .filter((pid) => pid > after && !isOwnChild(pid))
      .flatMap((pid) => {
        const facts = look(String(pid))
        return facts === undefined ? [] : [withToken(facts)]
      })
  }
  return (pid) => {
    asked.push(pid)
    answer ??= new Promise((resolve) => setTimeout(() => resolve(lookForAll()), TOGETHER))
    return answer
  }
}

/** Read once, by the first who asks. */
function withToken(facts: ProcessFacts): NewProcessFacts {
  let token: ReturnType<NewProcessFacts['token']> | undefined
  return { ...facts, token: () => (token ??= readToken(facts.pid)) }
}

const pids = (): readonly number[] => readdirSync('/proc').map(Number).filter(Number.isInteger)

/** The PID that was given last in our namespace; 0: it cannot be told. proc_loadavg(5) */
function newestPid(): number {
  const pid = Number(readProc('/proc/loadavg')?.trim().split(' ').at(-1))
  return Number.isInteger(pid) ? pid : 0
}
