import type { Theme } from '../theme.ts'

const ESCAPE = String.fromCodePoint(27)
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g')

/** Columns as wide as they need to be; the last one runs free. Colours take no room. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[], theme: Theme): string {
  const widths = header.map(widthOf)
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      const width = widthOf(cell)
      if (width > (widths[column] ?? 0)) widths[column] = width
    }
  }
  const lines = rows.map((row) => lineOf(row, widths))
  return [theme.heading(lineOf(header, widths)), ...lines].join('\n')
}

const widthOf = (text: string): number => (text.includes(ESCAPE) ? text.replaceAll(COLOUR, '') : text).length

function lineOf(cells: readonly string[], widths: readonly number[]): string {
  let line = ''
  for (const [column, cell] of cells.entries()) {
    line += column === cells.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell) + GAP)
  }
  return line.trimEnd()
}

const GAP = 2
