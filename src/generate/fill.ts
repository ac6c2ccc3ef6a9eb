import mustache from 'mustache'

/** What a template may hold: texts (already quoted for the place they go to), switches, and lists of either. */
export interface View {
  readonly [name: string]: ViewValue
}
type ViewValue = string | number | boolean | undefined | readonly string[] | readonly View[] | View

/**
 * Fills a template, as the build has parsed it (scripts/templates.mjs). Nothing is escaped here: what a value must look
 * like depends on its place, which only the target knows (quote/). A blank line is never left twice, so that templates
 * can be laid out in paragraphs.
 */
export function fill(template: string, view: View): string {
  const text = render(template, view, keepLines)
  return `${text
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/\n+$/, '')
    .replaceAll(ALL_KEPT, '\n')}\n`
}

/** The same for a text whose layout means something: nothing is done to it. */
export const fillExactly = (template: string, view: View): string => render(template, view, String)

const render = (template: string, view: View, escape: (value: unknown) => string): string =>
  new mustache.Writer().renderTokens(JSON.parse(template), new mustache.Context(view), undefined, undefined, { escape })

/** Stands for a line's end within a value, of which none may get lost: half of a pair, which no text has alone. */
const KEPT = '\ud800'
/** By code points: the first half of a whole pair is not meant. */
const ALL_KEPT = /\ud800/gu

const keepLines = (value: unknown): string => String(value).replaceAll('\n', KEPT)
