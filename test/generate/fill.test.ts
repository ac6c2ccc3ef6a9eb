import { expect, test } from 'vitest'
import { fill } from '../../src/generate/fill.ts'

test('blank lines are left once, but for those within a value', () => {
  const template = '{{#a}}\nA\n{{/a}}\n\n\n{{#b}}\n\n{{/b}}\nvalue={{value}}\n\n\n'
  expect(fill(template, { a: true, b: true, value: "'\n\n\n\n𐀀\n\n\n'" })).toBe("A\n\nvalue='\n\n\n\n𐀀\n\n\n'\n")
})

test('nothing is escaped, and a partial is filled as well', () => {
  expect(fill('{{> part}}', { value: '<&"\'>' }, { part: '{{value}}\n' })).toBe('<&"\'>\n')
})
