import * as fc from 'fast-check'
import type { RawTable } from '../../src/definition/toml.ts'
import { forking, program, type Program } from './program.ts'

export const soak = process.env['DAEMONCTL_SOAK'] !== undefined

/** The short form is the same every time; a soak goes where chance leads it, and says the seed when it fails. */
export const settings = (numRuns: number): fc.Parameters<unknown> =>
  soak ? { numRuns: numRuns * 40, interruptAfterTimeLimit: 900_000 } : { numRuns, seed: 20_260 }

/** How long one test may take: a soak ends itself. */
export const WITHIN = soak ? 1_000_000 : 20_000

export const seeds = fc.integer({ min: 0, max: 0x7fffffff })

/** Manners that any program may have. */
const manners: fc.Arbitrary<Partial<Program>> = fc.record({
  busy: fc.constantFrom(20, 20, 300),
  livesFor: fc.constantFrom(undefined, undefined, undefined, 40, 700),
  onTerm: fc.constantFrom(30, 30, 600, 1500, undefined),
  onHup: fc.constantFrom('reloads', 'ignores', 'dies', 'changes-main-pid'),
  workers: fc.constantFrom(0, 0, 1, 3),
  workersAre: fc.constantFrom('kept', 'kept', 'escaped'),
  workersIgnoreTerm: fc.boolean(),
  endsWorkers: fc.boolean(),
  hangs: fc.constantFrom(0, 0, 0, 500, 3000),
  suspendsItself: fc.constantFrom(false, false, false, true),
})

/** A daemon: how its program behaves, and what its definition says. */
export interface Daemon {
  readonly program: Program
  readonly keys: RawTable
  readonly cgroups: boolean
}

const simple: fc.Arbitrary<Program> = manners.map(program)

/** Launchers that tell the truth, and that lie. */
const launchers: fc.Arbitrary<Program> = fc
  .tuple(
    fc.record({
      forksAfter: fc.constantFrom(5, 60),
      forks: fc.constantFrom('once', 'twice'),
      pidfileAfter: fc.constantFrom(0, 10, 10, 400, undefined),
      launcherEndsAfter: fc.constantFrom(0, 20, 20, 300, undefined),
      launcherExit: fc.constantFrom(0, 0, 101),
      daemonDiesAfter: fc.constantFrom(undefined, undefined, undefined, 5, 50),
    }),
    manners,
    fc.boolean(),
  )
  .map(([how, others, removesPidfile]) => forking(how, { ...others, removesPidfile }))

export const daemons: fc.Arbitrary<Daemon> = fc
  .tuple(fc.oneof(simple, launchers), fc.boolean(), fc.boolean())
  .map(([program, cgroups, namesProgram]) => ({
    program,
    cgroups,
    keys: {
      ...(program.forking === undefined ? {} : { type: 'forking' }),
      ...(namesProgram ? { executable: program.path } : {}),
      'lock-file': '/run/lock/app',
    },
  }))
