import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** Every page of the documentation, relative to the root. */
export const pages = (): readonly string[] => ['README.md', 'CHANGELOG.md', ...below('docs')]

const below = (directory: string): readonly string[] =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `${directory}/${path}`)
    .toSorted()

/** The rows of all tables of a page, or of its part below a heading; cells without their blanks. */
export function rows(text: string, heading?: string): readonly (readonly string[])[] {
  return part(text, heading)
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}

function part(text: string, heading: string | undefined): string {
  if (heading === undefined) return text
  const start = text.indexOf(`\n${heading}\n`)
  if (start === -1) throw new Error(`no heading ${heading}`)
  const body = text.slice(start + heading.length + 2)
  const end = body.search(/^#/m)
  return end === -1 ? body : body.slice(0, end)
}

/** Fenced blocks of a language. */
export const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, body]) => body ?? '')

/** A page without blocks, code and links' targets: what is said in words. */
export const prose = (text: string): string =>
  text
    .replaceAll(/^```[^]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, '')
    .replaceAll(/\]\([^)]*\)/g, ']')

/** The anchor that a heading has on the pages of a repository. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(/\s/g, '-')
