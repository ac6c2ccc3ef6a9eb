import { isDead, type Identity } from '../decide/identity.ts'
import type { ProcessFacts } from '../decide/process-facts.ts'
import type { SurveyedProcess } from '../host/host.ts'

/** A survey of all processes, by what they are looked for. */
export class Surveyed {
  readonly #byPid = new Map<number, SurveyedProcess>()
  /** In a cgroup or below it. */
  readonly #byCgroup = new Map<string, SurveyedProcess[]>()
  /** We and the processes that we come from belong to no daemon. */
  readonly #ownLine = new Set<number>()

  constructor(survey: readonly SurveyedProcess[], self: number) {
    for (const process of survey) this.#byPid.set(process.pid, process)
    for (let pid = self; pid > 1 && !this.#ownLine.has(pid); pid = this.#byPid.get(pid)?.parent ?? 0) {
      this.#ownLine.add(pid)
    }
    for (const process of survey) {
      if (process.cgroup === undefined || isDead(process) || this.#ownLine.has(process.pid)) continue
      for (let path = process.cgroup; path.length > 1; path = path.slice(0, path.lastIndexOf('/'))) {
        const others = this.#byCgroup.get(path)
        if (others === undefined) this.#byCgroup.set(path, [process])
        else others.push(process)
      }
    }
  }

  /** That very process, if it has not ended. */
  living({ pid, startTime }: Identity): SurveyedProcess | undefined {
    const process = this.#byPid.get(pid)
    return process === undefined || process.startTime !== startTime || isDead(process) ? undefined : process
  }

  /** All that is in the cgroup of a main process; undefined: it is not in the one that was made for it. */
  inCgroup(main: SurveyedProcess, made: string): readonly SurveyedProcess[] | undefined {
    if (main.cgroup === undefined || lastName(main.cgroup) !== lastName(made)) return undefined
    return this.#byCgroup.get(main.cgroup)
  }

  these(processes: readonly ProcessFacts[]): readonly SurveyedProcess[] {
    return processes.map(({ pid }) => this.#byPid.get(pid)).filter((process) => process !== undefined)
  }
}

const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
