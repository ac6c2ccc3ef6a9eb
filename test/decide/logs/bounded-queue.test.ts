import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BoundedQueue } from '../../../src/decide/logs/bounded-queue.ts'

const drain = (queue: BoundedQueue): string[] => {
  const all: string[] = []
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
    all.push(item.kind === 'bytes' ? item.bytes.toString() : `[${item.lines} lines, ${item.bytes} bytes]`)
  }
  return all
}

const DROPPED = '(dropped)\n'

test('what fits is kept as it came', () => {
  const queue = new BoundedQueue(10)
  queue.push(Buffer.from('a\nb'))
  queue.push(Buffer.from('c\n'))
  expect(drain(queue)).toEqual(['a\nb', 'c\n'])
  expect(queue.isEmpty).toBe(true)
})

test('of what does not fit whole lines are dropped, until half is free again', () => {
  const queue = new BoundedQueue(10)
  queue.push(Buffer.from('1234\n56'))
  queue.push(Buffer.from('78\nab'))
  queue.push(Buffer.from('c\nd'))
  expect(queue.size).toBe(10)
  queue.push(Buffer.from('efgh\nij'))
  expect(queue.shift()).toEqual({ kind: 'bytes', bytes: Buffer.from('1234\n56') })
  queue.push(Buffer.from('kl\nmn\n'))
  expect(drain(queue)).toEqual(['78\n', '[3 lines, 15 bytes]', 'mn\n'])
})

test('whatever comes: what is kept and what is told to be dropped is all of it, in order, by whole lines', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          { weight: 3, arbitrary: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 5 }) },
          { weight: 2, arbitrary: fc.constant('shift' as const) },
        ),
      ),
      fc.integer({ min: 1, max: 90 }),
      (acts, cut) => {
        const queue = new BoundedQueue(64)
        let number = 0
        let pushed = ''
        const got: string[] = []
        let dropped = 0
        const take = (): boolean => {
          const item = queue.shift()
          if (item?.kind === 'bytes') got.push(item.bytes.toString())
          if (item?.kind === 'dropped') {
            dropped += item.bytes
            got.push(DROPPED)
          }
          return item !== undefined
        }
        let text = ''
        for (const act of acts) {
          if (act === 'shift') {
            take()
            continue
          }
          for (const length of act) text += `${String((number += 1)).padStart(4, '0')}${'x'.repeat(length)}.\n`
          // Blocks end anywhere.
          const block = text.slice(0, Math.max(0, text.length - (cut % 7)))
          text = text.slice(block.length)
          pushed += block
          queue.push(Buffer.from(block))
          expect(queue.size).toBeLessThanOrEqual(64)
        }
        while (take());
        const kept = got.filter((part) => part !== DROPPED).join('')
        expect(kept.length + dropped).toBe(pushed.length)
        const whole = got
          .join('')
          .split('\n')
          .slice(0, -1)
          .filter((line) => line.endsWith('.'))
        const numbers = whole.map((line) => Number(line.slice(0, 4)))
        expect(numbers).toEqual([...numbers].toSorted((a, b) => a - b))
        expect(whole.every((line) => /^\d{4}x*\.$/.test(line))).toBe(true)
      },
    ),
  )
})
