import type { Theme } from '../theme.ts'

const ESCAPE = String.fromCodePoint(27)
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g')

/** Columns as wide as they need to be; the last one runs free. Colours take no room. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[], theme: Theme): string {
  const width = (text: string): number => (text.includes(ESCAPE) ? text.replaceAll(COLOUR, '') : text).length
  const widths = header.map((title, column) => Math.max(width(title), ...rows.map((row) => width(row[column] ?? ''))))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell)),
      )
      .join('  ')
      .trimEnd()
  return [theme.heading(line(header)), ...rows.map(line)].join('\n')
}
