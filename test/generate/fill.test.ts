import { expect, test } from 'vitest'
import { parsedTemplate } from '../../scripts/templates.mjs'
import { fill } from '../../src/generate/fill.ts'

test('blank lines are left once, but for those within a value', () => {
  const template = '{{#a}}\nA\n{{/a}}\n\n\n{{#b}}\n\n{{/b}}\nvalue={{value}}\n\n\n'
  expect(fill(parsedTemplate(template), { a: true, b: true, value: "'\n\n\n\n𐀀\n\n\n'" })).toBe(
    "A\n\nvalue='\n\n\n\n𐀀\n\n\n'\n",
  )
})

test('nothing is escaped, and a partial is filled as well', () => {
  const template = parsedTemplate('{{#a}}\n  {{> part}}\n{{/a}}', () => '{{value}}\n{{.}}\n')
  expect(fill(template, { a: 'A', value: '<&"\'>' })).toBe('  <&"\'>\n  A\n')
})
