import { DEFAULTS } from '../definition/defaults.ts'
import type { Loss } from './generated.ts'

/** Collects what a target cannot express: nothing is dropped in silence. */
export class Losses {
  readonly #losses: Loss[] = []

  /** `value` is what the definition says; where it is the default, nobody has asked for it. */
  note(key: string, why: string, instead: string, value?: unknown): void {
    if (this.#losses.some((loss) => loss.key === key && loss.why === why)) return
    this.#losses.push({ key, why, instead, byDefault: value !== undefined && isDefault(key, value) })
  }

  /** A loss that nobody has asked for, of a value that is no constant. */
  noteDefault(key: string, why: string, instead: string): void {
    this.#losses.push({ key, why, instead, byDefault: true })
  }

  list(): readonly Loss[] {
    return this.#losses
  }
}

/** Whether a value is the one that holds where a definition says nothing of `key` ("stop.kill-mode"). */
function isDefault(key: string, value: unknown): boolean {
  const [table = '', name] = key.split('.').map(camelCase)
  const tables: Readonly<Record<string, unknown>> = DEFAULTS
  const place: unknown = tables[name === undefined ? 'daemon' : table]
  if (typeof place !== 'object' || place === null) return false
  const known = Object.entries(place).find(([entry]) => entry === (name ?? table))
  return known !== undefined && JSON.stringify(known[1]) === JSON.stringify(value)
}

const camelCase = (key: string): string => key.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
