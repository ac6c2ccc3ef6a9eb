import { EFFECTS } from './effects.ts'
import type { HistoryEntry, Host } from './host.ts'
import type { Tell } from './own-log.ts'

/** The same host, that tells of all that it does: every effect and how it ended, and what became of every verb. */
export function tellingHost(host: Host, tell: Tell): Host {
  return new Proxy(host, {
    get(target, part, receiver) {
      if (part === 'tell') return tell
      const value: unknown = Reflect.get(target, part, receiver)
      const names = Object.entries(EFFECTS).find(([name]) => name === part)?.[1]
      if (names === undefined || typeof value !== 'object' || value === null) return value
      return tellingPart(value, String(part), names, tell)
    },
  })
}

function tellingPart(value: object, part: string, names: readonly string[], tell: Tell): object {
  return new Proxy(value, {
    get(inner, name) {
      const method: unknown = Reflect.get(inner, name, inner)
      if (typeof method !== 'function') return method
      const call = (...args: readonly unknown[]): unknown => Reflect.apply(method, inner, args)
      if (!names.includes(String(name))) return call
      return (...args: readonly unknown[]): unknown => {
        const what = `${part}.${String(name)}(${args.map(shown).filter(Boolean).join(', ')})`
        if (part === 'history') tellOutcome(args[1], tell)
        const told = (result: unknown): unknown => {
          tell('debug', `effect: ${what}${shownResult(result)}`)
          return result
        }
        const result = call(...args)
        return result instanceof Promise ? result.then(told) : told(result)
      }
    },
  })
}

function tellOutcome(entry: unknown, tell: Tell): void {
  if (!isEntry(entry)) return
  const { name, verb, result, pid, message, by } = entry
  const who = by.user ?? `uid ${by.uid}`
  const text = `${verb} ${name}: ${result}${pid === undefined ? '' : `, pid ${pid}`}${message === '' ? '' : `: ${message}`} (by ${who})`
  tell(result === 'failed' ? 'error' : 'info', text)
}

const isEntry = (value: unknown): value is HistoryEntry =>
  typeof value === 'object' && value !== null && 'verb' in value && 'result' in value

const LONGEST = 200

/** Names, numbers and identities; never an environment: it may hold what nobody is to read. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object' || value === null) return ''
  const argv: unknown = Reflect.get(value, 'argv') ?? Reflect.get(Object(Reflect.get(value, 'command')), 'argv')
  if (Array.isArray(argv)) return shown(argv.map(String).join(' '))
  const facts = ['pid', 'want', 'phase', 'number'].flatMap((key) => {
    const fact: unknown = Reflect.get(value, key)
    return typeof fact === 'string' || typeof fact === 'number' ? [`${key} ${fact}`] : []
  })
  return facts.length === 0 ? '…' : facts.join(' ')
}

function shownResult(result: unknown): string {
  if (typeof result === 'string' || typeof result === 'boolean') return ` → ${result}`
  if (typeof result !== 'object' || result === null || !('ok' in result)) return ''
  if (result.ok === true) return ' → ok'
  const error: unknown = Reflect.get(result, 'error')
  const message: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : error
  return ` → failed: ${String(message)}`
}
