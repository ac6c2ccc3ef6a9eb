import { expect, test } from 'vitest'
import { EXAMPLE } from '../definition/given.ts'
import { generate, MADE_TARGETS } from '../../src/generate/generate.ts'
import { definitionOf } from './given.ts'

/** 20 ms is promised; a busy machine gets the best of several. */
test.each(MADE_TARGETS)('a file for %s is made within 20 ms', async (target) => {
  const definition = await definitionOf(EXAMPLE)
  const spans = Array.from({ length: 10 }, () => {
    const begin = performance.now()
    generate(target, definition, { comments: true })
    return performance.now() - begin
  })
  expect(Math.min(...spans)).toBeLessThan(20)
})
