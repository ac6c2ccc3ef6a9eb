import type { Seen, Sight } from '../../../src/decide/conform/sight.ts'
import type { ProcessFacts } from '../../../src/decide/process-facts.ts'

export const processOf = (pid: number, parent = 1, startTime = pid * 10): ProcessFacts => ({
  pid,
  parent,
  startTime,
  startedAt: startTime,
  state: 'S',
  group: pid,
  session: pid,
  terminal: 0,
  name: 'daemon',
})

export const nothing: Sight = { main: undefined, members: [], roots: [], pidfile: 'none' }

/** A daemon of one process, with its pidfile. */
export const up = (main = processOf(100), ...more: readonly ProcessFacts[]): Sight => ({
  main,
  members: [main, ...more],
  roots: [main, ...more.filter(({ parent }) => parent === 1)],
  pidfile: 'there',
})

/** An action that went well and changed nothing. */
export const seen = (what: Partial<Seen> = {}): Seen => ({
  exit: { kind: 'code', code: 0 },
  took: 5,
  timedOut: false,
  outputHeld: false,
  output: ['fine'],
  before: nothing,
  after: nothing,
  strangers: [],
  offered: true,
  ...what,
})
