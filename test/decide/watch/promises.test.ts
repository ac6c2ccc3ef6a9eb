import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seeds, settings, soak } from '../../simulation/chance.ts'
import { policies } from './chance.ts'
import { tameMoves, wildMoves, type Move } from './moves.ts'
import { Promises } from './promises.ts'
import { tableRows, transition } from './table.ts'
import { World } from './world.ts'

const WITHIN = soak ? 1_000_000 : 60_000
const taken = new Set<string>()
let events = 0

function live(world: World, moves: readonly Move[]): void {
  for (const move of moves) world.make(move)
  world.settle()
  events += world.events
}

test('whatever befalls it, no promise is broken', { timeout: WITHIN }, () => {
  fc.assert(
    fc.property(policies, seeds, wildMoves, (policy, seed, moves) => {
      const promises = new Promises(taken, false)
      const world = new World(policy, seed, promises, false)
      live(world, moves)
      promises.check(world.copies === 0, 'never two copies')
      promises.check(world.state.phase.kind === 'down' || world.state.phase.kind === 'up', 'it comes to rest')
      promises.check(world.state.want === world.wish.want, 'it wants what the operator wants')
      promises.check(world.state.paused === world.wish.paused, 'it is paused if the operator says so')
      promises.replay()
    }),
    settings(1500),
  )
})

test('what an operator stopped is down, and what he started is up', { timeout: WITHIN }, () => {
  fc.assert(
    fc.property(policies, seeds, tameMoves, (policy, seed, moves) => {
      const promises = new Promises(taken, true)
      const world = new World(policy, seed, promises, true)
      live(world, moves)
      const { phase } = world.state
      promises.check(world.copies === 0, 'never two copies')
      promises.check((phase.kind === 'up') === (world.alive !== undefined), 'it knows what is')
      if (world.wish.want === 'down' && !world.wish.paused) promises.check(phase.kind === 'down', 'it is down')
      if (world.wish.want === 'up' && !world.wish.paused) {
        const own = phase.kind === 'down' && ['finished', 'prevented', 'given-up'].includes(phase.why)
        promises.check(phase.kind === 'up' || own, 'it is up, or its policy is content')
      }
    }),
    settings(500),
  )
})

describe.runIf(soak)('in a soak', () => {
  test('every transition of the table has come about', () => {
    const missing = tableRows().filter((row) => !taken.has(transition(row)))
    expect(missing.map(transition)).toEqual([])
  })

  test('there were a million events', () => {
    expect(events).toBeGreaterThanOrEqual(1_000_000)
  })
})
