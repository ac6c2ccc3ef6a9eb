import { err, ok, type Result } from '../../base/result.ts'
import type { MetricsSource } from '../../definition/definition.ts'

/** A daemon's own figures, by their names. */
export type Figures = ReadonlyMap<string, number>

/** More than this is not told by a daemon but dumped. */
export const MOST_FIGURES = 1_000
const LONGEST_NAME = 200

/**
 * The figures in what a daemon wrote. Untrusted: lines that are none are left out, and nothing but finite numbers is
 * taken. `auto`: JSON if it is an object, else lines, of which Prometheus' are a kind.
 */
export function parseFigures(text: string, format: MetricsSource['format']): Result<Figures, string> {
  switch (format) {
    case 'json':
      return fromJson(text)
    case 'lines':
    case 'prometheus':
      return fromLines(text)
    case 'auto': {
      return text.trimStart().startsWith('{') ? fromJson(text) : fromLines(text)
    }
  }
}

/** `name value`, `name: value`, `name=value`; Prometheus' `name{label="x"} value [time]`, whose comments begin with "#". */
function fromLines(text: string): Result<Figures, string> {
  const figures = new Map<string, number>()
  for (const line of text.split('\n')) {
    const match =
      /^\s*([^\s{}=:#"][^\s{}=#"]*?(?:\{[^{}]*\})?)\s*[\s=:]\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)%?(?:\s+\d+)?\s*$/i.exec(
        line.slice(0, 4 * LONGEST_NAME),
      )
    if (match?.[1] !== undefined) take(figures, match[1].replace(/:$/, ''), Number(match[2]))
    if (figures.size >= MOST_FIGURES) break
  }
  return figures.size === 0 ? err('there is no figure in what it wrote') : ok(figures)
}

/** Numbers and switches, at any depth: {"requests": {"total": 3}} is requests.total. */
function fromJson(text: string): Result<Figures, string> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return err('what it wrote is not JSON')
  }
  const figures = new Map<string, number>()
  const walk = (value: unknown, name: string, depth: number): void => {
    if (figures.size >= MOST_FIGURES || depth > 8) return
    if (typeof value === 'number') take(figures, name, value)
    else if (typeof value === 'boolean') take(figures, name, value ? 1 : 0)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(inner, name === '' ? key : `${name}.${key}`, depth + 1)
    }
  }
  walk(json, '', 0)
  return figures.size === 0 ? err('there is no figure in what it wrote') : ok(figures)
}

function take(figures: Map<string, number>, name: string, value: number): void {
  if (name !== '' && name.length <= LONGEST_NAME && Number.isFinite(value)) figures.set(name, value)
}
