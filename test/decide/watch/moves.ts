import * as fc from 'fast-check'
import type { Milliseconds } from '../../../src/base/duration.ts'
import type { Exit } from '../../../src/decide/exit.ts'
import type { Policy, Word } from '../../../src/decide/watch/state.ts'
import { policies } from './chance.ts'

/** What befalls a watched daemon from outside. */
export type Move =
  | { readonly do: 'wait'; readonly for: Milliseconds }
  /** The daemon ends by itself, or is killed. */
  | { readonly do: 'die'; readonly exit: Exit }
  /** An operator says so: durable now, and an event soon. */
  | { readonly do: 'stop' }
  | { readonly do: 'start' }
  | { readonly do: 'pause' }
  | { readonly do: 'resume' }
  | { readonly do: 'touch' }
  /** The daemon says something of itself. */
  | { readonly do: 'say'; readonly word: Word }
  | Wild

/** What makes the world confusing. */
type Wild =
  /** Another's restart ends it, and starts it a little later, or never. */
  | { readonly do: 'restart'; readonly starts: boolean }
  /** Somebody starts the daemon by hand. */
  | { readonly do: 'start-by-hand' }
  /** The daemon goes on as another process. */
  | { readonly do: 'change-main' }
  /** Every dead daemon's PID belongs to a stranger from now on. */
  | { readonly do: 'reuse-pids' }
  /** An event about a process of long ago, or of a stranger; an outcome that nobody asked for. */
  | { readonly do: 'confuse'; readonly by: (typeof CONFUSIONS)[number] }
  /** From now on observations cannot tell; or they can again. */
  | { readonly do: 'hide'; readonly hidden: boolean }
  /** From now on outcomes lie: what has failed was done, what was done has failed. */
  | { readonly do: 'lie'; readonly lies: boolean }
  /** kill -9, and the next one begins. */
  | { readonly do: 'kill-watcher'; readonly remembers: boolean }
  | { readonly do: 'redefine'; readonly policy: Policy }

export const CONFUSIONS = [
  'ended',
  'probed',
  'said',
  'started',
  'start-failed',
  'unwanted',
  'end-done',
  'end-failed',
] as const

const exits: fc.Arbitrary<Exit> = fc.constantFrom<Exit[]>(
  { kind: 'code', code: 1 },
  { kind: 'code', code: 1 },
  { kind: 'code', code: 0 },
  { kind: 'code', code: 2 },
  { kind: 'signal', signal: 'KILL' },
  { kind: 'signal', signal: 'TERM' },
  { kind: 'unseen' },
)

const wait = fc
  .constantFrom(0, 0, 1, 5, 30, 100, 700, 5000, 60_000, 400_000)
  .map((span) => ({ do: 'wait', for: span }) as const)
const die = exits.map((exit) => ({ do: 'die', exit }) as const)

const words: fc.Arbitrary<Word> = fc.constantFrom<Word[]>(
  { kind: 'well' },
  { kind: 'well' },
  { kind: 'well' },
  { kind: 'well' },
  { kind: 'ill' },
  { kind: 'leaving' },
  { kind: 'longer', by: 700 },
  { kind: 'every', every: 20 },
  { kind: 'every', every: 3000 },
  { kind: 'every', every: undefined },
)

const tame: readonly fc.WeightedArbitrary<Move>[] = [
  { weight: 8, arbitrary: wait },
  { weight: 6, arbitrary: die },
  { weight: 2, arbitrary: fc.constant({ do: 'stop' }) },
  { weight: 3, arbitrary: fc.constant({ do: 'start' }) },
  { weight: 1, arbitrary: fc.constant({ do: 'pause' }) },
  { weight: 2, arbitrary: fc.constant({ do: 'resume' }) },
  { weight: 2, arbitrary: fc.constant({ do: 'touch' }) },
  { weight: 6, arbitrary: words.map((word) => ({ do: 'say', word }) as const) },
]

const wild: readonly fc.WeightedArbitrary<Move>[] = [
  { weight: 1, arbitrary: fc.boolean().map((starts) => ({ do: 'restart', starts }) as const) },
  { weight: 3, arbitrary: fc.constant({ do: 'start-by-hand' }) },
  { weight: 1, arbitrary: fc.constant({ do: 'change-main' }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reuse-pids' }) },
  { weight: 2, arbitrary: fc.constantFrom(...CONFUSIONS).map((by) => ({ do: 'confuse', by }) as const) },
  { weight: 1, arbitrary: fc.boolean().map((hidden) => ({ do: 'hide', hidden }) as const) },
  { weight: 1, arbitrary: fc.boolean().map((lies) => ({ do: 'lie', lies }) as const) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(true, true, true, true, false)
      .map((remembers) => ({ do: 'kill-watcher', remembers }) as const),
  },
  { weight: 1, arbitrary: policies.map((policy) => ({ do: 'redefine', policy }) as const) },
]

const many = { maxLength: 60, size: 'max' } as const

/** Only what an operator and the daemon do: whatever the machine believes is then true. */
export const tameMoves: fc.Arbitrary<readonly Move[]> = fc.array(fc.oneof(...tame), many)
export const wildMoves: fc.Arbitrary<readonly Move[]> = fc.array(fc.oneof(...tame, ...wild), many)
