import { constants } from 'node:os'
import { err, ok, type Result } from './result.ts'

/** A signal by its name without "SIG": "TERM", "HUP", "RTMIN+3". signal(7) */
export type SignalName = string

/** glibc's first real-time signal for programs; musl uses 35 as well (the C library keeps 32 to 34). */
const RTMIN = 34
const RTMAX = 64

const NUMBER_OF: ReadonlyMap<string, number> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [name.slice(3), number]),
)

const NAME_OF: ReadonlyMap<number, SignalName> = (() => {
  const names = new Map<number, SignalName>()
  // IOT, POLL and UNUSED are second names: the first name of a number is the usual one.
  for (const [name, number] of NUMBER_OF) if (!names.has(number)) names.set(number, name)
  return names
})()

/** Reads "TERM", "SIGTERM", "sigterm", "-TERM", "15", "RTMIN+3". */
export function parseSignal(text: string | number): Result<SignalName, string> {
  const source = String(text).trim().replace(/^-/, '').toUpperCase().replace(/^SIG/, '')
  if (/^\d+$/.test(source)) {
    const name = signalName(Number(source))
    return name === undefined ? err(`there is no signal ${source}`) : ok(name)
  }
  if (NUMBER_OF.has(source) || realTimeNumber(source) !== undefined) return ok(source)
  return err(`${JSON.stringify(text)} is not a signal (kill -l lists them)`)
}

/** The number of a name that `parseSignal` gave. */
export function signalNumber(name: SignalName): number {
  const number = NUMBER_OF.get(name) ?? realTimeNumber(name)
  if (number === undefined) throw new Error(`not a signal name: ${name}`)
  return number
}

export function signalName(number: number): SignalName | undefined {
  const name = NAME_OF.get(number)
  if (name !== undefined) return name
  return number >= RTMIN && number <= RTMAX ? (number === RTMIN ? 'RTMIN' : `RTMIN+${number - RTMIN}`) : undefined
}

export const SIGNAL_NAMES: readonly SignalName[] = [...NUMBER_OF.keys()]

function realTimeNumber(name: string): number | undefined {
  const match = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name)
  if (match === null) return undefined
  const offset = Number(match[3] ?? 0) * (match[2] === '-' ? -1 : 1)
  const number = (match[1] === 'MIN' ? RTMIN : RTMAX) + offset
  return number >= RTMIN && number <= RTMAX ? number : undefined
}

/** What a signal does to a process that neither catches nor ignores it. signal(7) */
export type DefaultAction = 'terminate' | 'ignore' | 'stop' | 'continue'

export function defaultAction(name: SignalName): DefaultAction {
  switch (name) {
    case 'CHLD':
    case 'URG':
    case 'WINCH':
      return 'ignore'
    case 'STOP':
    case 'TSTP':
    case 'TTIN':
    case 'TTOU':
      return 'stop'
    case 'CONT':
      return 'continue'
    default:
      return 'terminate'
  }
}
