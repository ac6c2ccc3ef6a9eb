import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anchorOf, pages, read, ROOT } from './pages.ts'

const headings = (path: string): readonly string[] =>
  [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading ?? ''))

describe.each(pages())('%s', (page) => {
  const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')
  const local = targets.filter((target) => !/^https?:/.test(target))

  test('every link leads somewhere', () => {
    const broken = local.filter((target) => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      if (!existsSync(join(ROOT, file))) return true
      return anchor !== undefined && !headings(file).includes(anchor)
    })
    expect(broken).toEqual([])
  })
})
