// Medians, and tables of them.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

export const sorted = (values) => values.toSorted((a, b) => a - b)
export const median = (values) => sorted(values)[Math.floor(values.length / 2)] ?? NaN

/** Median (least to greatest). */
export function spread(values, digits = 1) {
  if (values.length === 0) return '-'
  const text = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(digits))
  return `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`
}

/** The median of the ratios of each round, so that what slows one round slows both sides of it. */
export const ratio = (values, base) =>
  values.length === 0 ? '-' : median(values.map((value, round) => value / base[round % base.length])).toFixed(2)

export const machine = () =>
  `Node ${process.version}, Linux ${release()}, ${cpus().length} x ${cpus()[0]?.model ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0].toFixed(1)}`

/** `rows`: arrays of texts, the first is the header. */
export function table(rows, markdown) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const cells = (row) => row.map((cell, column) => cell.padEnd(widths[column]))
  if (!markdown) return rows.map((row) => cells(row).join('  ').trimEnd()).join('\n')
  const [header, ...others] = rows
  const rule = widths.map((width) => '-'.repeat(width))
  return [cells(header), rule, ...others.map(cells)].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** bench/results/PART.json */
export function keep(part, figures) {
  const directory = new URL('results/', import.meta.url)
  mkdirSync(directory, { recursive: true })
  writeFileSync(new URL(`${part}.json`, directory), `${JSON.stringify(figures, undefined, 2)}\n`)
}
