import { describe, expect, test } from 'vitest'
import { LANGUAGES, LANGUAGE_NAMES, scaffold } from '../../src/generate/new/scaffold.ts'

/** More than this nobody reads before he writes his own. */
const MOST_LINES = 150
const WIDEST = 120

describe.each(LANGUAGE_NAMES)('a new daemon in %s', (language) => {
  const all = [false, true].flatMap((forking) =>
    [undefined, 8].map((workers) => ({
      title: `${forking ? 'forking' : 'foreground'}, ${workers ?? 'no'} workers`,
      files: scaffold({
        name: 'myapp',
        language,
        forking,
        workers,
        directory: '/srv/myapp',
        program: `/usr/bin/${LANGUAGES[language].program}`,
      }),
    })),
  )

  test.each(all)(`has at most ${MOST_LINES} lines: $title`, ({ files: [{ text }] }) => {
    const lines = text.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(MOST_LINES)
    expect(lines.filter((line) => line.length > WIDEST)).toEqual([])
  })

  test.each(all)('leaves no trace of the template: $title', ({ files }) => {
    for (const { text } of files) expect(text).not.toMatch(/\{\{|\}\}\}|\n\n\n\n|[ \t]\n/)
  })
})
