import { isDead, type Identity } from '../decide/identity.ts'
import type { ProcessFacts } from '../decide/process-facts.ts'
import type { SurveyedProcess } from '../host/host.ts'

/** A survey of all processes, by what they are looked for. */
export class Surveyed {
  readonly #byPid = new Map<number, SurveyedProcess>()
  /** Who is in a cgroup; most are alone in theirs. */
  readonly #byCgroup = new Map<string, SurveyedProcess | SurveyedProcess[]>()
  /** We and the processes that we come from belong to no daemon. */
  readonly #ownLine = new Set<number>()

  constructor(survey: readonly SurveyedProcess[], self: number) {
    for (const process of survey) this.#byPid.set(process.pid, process)
    for (let pid = self; pid > 1 && !this.#ownLine.has(pid); pid = this.#byPid.get(pid)?.parent ?? 0) {
      this.#ownLine.add(pid)
    }
    for (const process of survey) {
      if (process.cgroup === undefined || isDead(process) || this.#ownLine.has(process.pid)) continue
      this.#put(process.cgroup, process)
    }
    // What is below a cgroup is in it as well.
    const below = new Map<string, SurveyedProcess[]>()
    for (const [path, processes] of this.#byCgroup) {
      for (let above = parentOf(path); above.length > 1; above = parentOf(above)) {
        if (this.#byCgroup.has(above)) below.set(above, [...(below.get(above) ?? []), ...listed(processes)])
      }
    }
    for (const [path, processes] of below) for (const process of processes) this.#put(path, process)
  }

  #put(path: string, process: SurveyedProcess): void {
    const others = this.#byCgroup.get(path)
    if (others === undefined) this.#byCgroup.set(path, process)
    else if (Array.isArray(others)) others.push(process)
    else this.#byCgroup.set(path, [others, process])
  }

  /** That very process, if it has not ended. */
  living({ pid, startTime }: Identity): SurveyedProcess | undefined {
    const process = this.#byPid.get(pid)
    return process === undefined || process.startTime !== startTime || isDead(process) ? undefined : process
  }

  /** All that is in the cgroup of a main process; undefined: it is not in the one that was made for it. */
  inCgroup(main: SurveyedProcess, made: string): readonly SurveyedProcess[] | undefined {
    if (main.cgroup === undefined || lastName(main.cgroup) !== lastName(made)) return undefined
    const all = this.#byCgroup.get(main.cgroup)
    return all === undefined ? undefined : listed(all)
  }

  these(processes: readonly ProcessFacts[]): readonly SurveyedProcess[] {
    return processes.map(({ pid }) => this.#byPid.get(pid)).filter((process) => process !== undefined)
  }
}

const listed = (of: SurveyedProcess | SurveyedProcess[]): readonly SurveyedProcess[] => (Array.isArray(of) ? of : [of])

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
