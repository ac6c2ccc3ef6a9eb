import { EFFECTS } from './effects.ts'
import type { Host } from './host.ts'

/**
 * For the tests of P3: DAEMONCTL_FAULT="7:before" kills this process with SIGKILL before its seventh effect,
 * "7:after" after it; "count" prints how many there were. Not part of the program that is shipped.
 */
export function withFaultPoints(host: Host, environment: Readonly<Record<string, string>>): Host {
  const wanted = environment['DAEMONCTL_FAULT']
  if (wanted === undefined) return host
  let effects = 0
  if (wanted === 'count') process.on('exit', () => process.stderr.write(`effects: ${effects}\n`))
  const point = (number: number, when: 'before' | 'after'): void => {
    if (wanted === `${number}:${when}`) process.kill(process.pid, 'SIGKILL')
  }
  const guard = (call: (...args: unknown[]) => unknown): ((...args: unknown[]) => unknown) => {
    return (...args) => {
      effects += 1
      const number = effects
      point(number, 'before')
      const result = call(...args)
      if (result instanceof Promise) {
        return result.then((value: unknown) => {
          point(number, 'after')
          return release(value, number)
        })
      }
      point(number, 'after')
      return result
    }
  }
  /** Opening the gate of a process is an effect of its own. */
  const release = (value: unknown, number: number): unknown => {
    const inner = property(value, 'value')
    const open = property(inner, 'release')
    if (typeof open !== 'function' || property(inner, 'identity') === undefined) return value
    Object.assign(Object(inner), {
      release: () => {
        point(number, 'before')
        guard(() => Reflect.apply(open, inner, []))()
      },
    })
    return value
  }
  return new Proxy(host, {
    get(target, part, receiver) {
      const value: unknown = Reflect.get(target, part, receiver)
      const names = Object.entries(EFFECTS).find(([name]) => name === part)?.[1]
      if (names === undefined || typeof value !== 'object' || value === null) return value
      return new Proxy(value, {
        get(inner, name) {
          const method: unknown = Reflect.get(inner, name, inner)
          if (typeof method !== 'function') return method
          const bound = (...args: unknown[]): unknown => Reflect.apply(method, inner, args)
          return names.includes(String(name)) ? guard(bound) : bound
        },
      })
    },
  })
}

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
