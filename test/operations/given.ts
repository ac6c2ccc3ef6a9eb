import { expect } from 'vitest'
import type { Failure } from '../../src/base/failure.ts'
import type { RawTable } from '../../src/definition/toml.ts'
import { run, subject, type Acted } from '../simulation/given.ts'
import { PIDFILE, type Program } from '../simulation/program.ts'
import { World } from '../simulation/world.ts'

/** A world with a program, and the daemon that is defined to be it. */
export function worldOf(program?: Program, keys: RawTable = {}, seed = 11) {
  const world = new World(seed)
  if (program !== undefined) world.install(program)
  const app = subject({ ...(program?.forking === undefined ? {} : { type: 'forking' }), ...keys })
  return { world, app }
}

/** The same, and it runs. */
export async function runningWorld(program?: Program, keys: RawTable = {}) {
  const { world, app } = worldOf(program, keys)
  const started = await run(world, app, 'start')
  expect(started.outcome.failure).toBeUndefined()
  const [main] = world.mains()
  if (main === undefined) throw new Error('it does not run')
  return { world, app, main }
}

export function failureOf({ outcome }: Acted): Failure {
  expect(outcome.result).toBe('failed')
  if (outcome.failure === undefined) throw new Error('it did not fail')
  return outcome.failure
}

/** Nothing speaks of a daemon, and nothing lives of it. */
export function expectNothingLeft(world: World): void {
  expect(world.allOf()).toEqual([])
  expect(world.files.has(PIDFILE)).toBe(false)
  expect(world.records.size).toBe(0)
  expect(world.cgroups.size).toBe(0)
}
