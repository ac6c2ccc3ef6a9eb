import mustache from 'mustache'

/** What a template may hold: texts (already quoted for the place they go to), switches, and lists of either. */
export interface View {
  readonly [name: string]: ViewValue
}
type ViewValue = string | boolean | undefined | readonly string[] | readonly View[] | View

/**
 * Fills a template. Nothing is escaped here: what a value must look like depends on its place, which only the
 * target knows (quote/). Partials are what several templates have in common. A blank line is never left twice, so that
 * templates can be laid out in paragraphs.
 */
export function fill(template: string, view: View, partials: Readonly<Record<string, string>> = {}): string {
  const text = mustache.render(template, view, { ...partials }, { escape: keepLines })
  return `${text
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/\n+$/, '')
    .replaceAll(ALL_KEPT, '\n')}\n`
}

/** Stands for a line's end within a value, of which none may get lost: half of a pair, which no text has alone. */
const KEPT = '\ud800'
/** By code points: the first half of a whole pair is not meant. */
const ALL_KEPT = /\ud800/gu

const keepLines = (value: unknown): string => String(value).replaceAll('\n', KEPT)
