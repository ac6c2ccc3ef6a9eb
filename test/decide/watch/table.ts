import { readFileSync } from 'node:fs'

export interface Row {
  readonly phase: string
  readonly event: string
  readonly to: string
  readonly effects: string
  readonly when: string
}

/** The table in the doc comment of the machine, line by line, without the comment's stars. */
export function tableText(): string {
  const source = readFileSync(new URL('../../../src/decide/watch/machine.ts', import.meta.url), 'utf8')
  return source
    .split('\n')
    .filter((line) => line.startsWith(' *   '))
    .map((line) => line.slice(' *   '.length))
    .join('\n')
}

/** Cells may be empty: a column is where its line of dashes is. */
export function tableRows(): readonly Row[] {
  const [header = '', dashes = '', ...lines] = tableText().split('\n')
  const starts = [...dashes.matchAll(/-+/g)].map((match) => match.index)
  const cells = (line: string): string[] => starts.map((start, index) => line.slice(start, starts[index + 1]).trim())
  if (cells(header).join(' ') !== 'phase event to effects when') throw new Error(`another table: ${header}`)
  return lines.map((line) => {
    const [phase = '', event = '', to = '', effects = '', when = ''] = cells(line)
    return { phase, event, to, effects, when }
  })
}

export const transition = (row: Omit<Row, 'when'>): string =>
  `${row.phase} ${row.event} → ${row.to}: ${row.effects === '' ? 'nothing' : row.effects}`
