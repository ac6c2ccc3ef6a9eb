import mustache from 'mustache'

/** What a template may hold: texts (already quoted for the place they go to), switches, and lists of either. */
export interface View {
  readonly [name: string]: ViewValue
}
type ViewValue = string | boolean | undefined | readonly string[] | readonly View[] | View

/**
 * Fills a template. Nothing is escaped here: what a value must look like depends on its place, which only the
 * target knows (quote/). A blank line is never left twice, so that templates can be laid out in paragraphs.
 */
export function fill(template: string, view: View): string {
  const text = mustache.render(template, view, undefined, { escape: String })
  return `${text.replaceAll(/\n{3,}/g, '\n\n').replace(/\n+$/, '')}\n`
}
