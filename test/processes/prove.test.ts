import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { scenario, transcript, type Outcome, type Rig } from './rig.ts'

const LISTINGS = fileURLToPath(new URL('../fixtures/listings', import.meta.url))

interface Report {
  readonly good: boolean
  readonly checks: readonly { readonly id: string; readonly result: string; readonly why: string | null }[]
}

function reportOf(outcome: Outcome): Report {
  try {
    return JSON.parse(outcome.stdout) as Report
  } catch {
    throw new Error(transcript(outcome))
  }
}

const idsOf = ({ checks }: Report, result: string): readonly string[] =>
  checks.filter((check) => check.result === result).map(({ id }) => id)

/** A copy of a listing in the rig, where the user of the rig may read it. */
const listing = (rig: Rig, name: string, ...words: readonly string[]): readonly string[] => [
  'php',
  rig.write(rig.path(name), rig.read(`${LISTINGS}/${name}`)),
  ...words,
]

scenario('a daemon that behaves passes, and nothing is left of it', async (rig) => {
  rig.define('good', { command: rig.fixture('obedient.pl') })
  const outcome = await rig.daemonctl(['prove', 'good', '--json'])
  const report = reportOf(outcome)
  expect(idsOf(report, 'failed'), transcript(outcome)).toEqual([])
  expect(idsOf(report, 'advice')).toContain('second-copy')
  expect(outcome.status).toBe(0)
  expect(rig.processes()).toEqual([])
})

scenario('for people each finding comes with what mends it', async (rig) => {
  rig.define('hupless', { command: rig.fixture('dies-of-hup.pl'), reload: { signal: 'HUP' } })
  const outcome = await rig.daemonctl(['prove', 'hupless'])
  expect(outcome.status).toBe(1)
  expect(outcome.stdout).toMatch(
    /FAIL {2}it reloads its configuration as the same process\n.*\n +mend: handle the signal/,
  )
  expect(outcome.stdout).toContain('1 failed')
})

scenario('a daemon that runs is left alone', async (rig) => {
  rig.define('busy', { command: rig.fixture('obedient.pl') })
  await rig.daemonctl(['start', 'busy'])
  const pid = rig.pid('busy')
  const outcome = await rig.daemonctl(['prove', 'busy'])
  expect(outcome.status).toBe(1)
  expect(outcome.stderr).toContain('daemonctl stop busy')
  expect(rig.pid('busy')).toBe(pid)
  expect((await rig.status('busy')).condition).toBe('running')
})

scenario('what cannot start is told once, and the rest is not tested', async (rig) => {
  rig.define('broken', { command: ['/bin/false'] })
  const report = reportOf(await rig.daemonctl(['prove', 'broken', '--json']))
  expect(idsOf(report, 'failed')).toEqual(['start'])
  expect(idsOf(report, 'passed')).toEqual([])
})

scenario('a daemon that does not heed TERM is found, and does not outlive the examination', async (rig) => {
  rig.define('deaf', { command: rig.fixture('ignores-term.pl'), stop: { schedule: 'TERM/1/KILL/5' } })
  const outcome = await rig.daemonctl(['prove', 'deaf', '--json'])
  expect(idsOf(reportOf(outcome), 'failed'), transcript(outcome)).toEqual(expect.arrayContaining(['stop']))
  expect(rig.processes()).toEqual([])
})

/** The documents' own listings, and what is known to be wrong with them. */
const LISTINGS_AND_FAULTS: readonly (readonly [name: string, failed: readonly string[], advice: readonly string[]])[] =
  [
    ['stevens-steps.php', ['start', 'umask', 'pidfile-mode'], ['hand-leader', 'pidfile-form']],
    [
      'pidfile-as-lock.php',
      ['hand-launcher', 'hand-session', 'hand-output', 'hand-directory', 'stale-by-hand'],
      ['second-copy', 'pidfile-form'],
    ],
    ['daemon-class.php', ['hand-output', 'hand-directory', 'second-first'], ['hand-leader', 'pidfile-form']],
  ]

for (const [name, failed, advice] of LISTINGS_AND_FAULTS) {
  scenario(`the faults of ${name} are found`, { needs: ['php'], seconds: 120 }, async (rig) => {
    const pidfile = rig.path(`${name}.pid`)
    rig.define('listing', {
      command: listing(rig, name, pidfile, rig.directory),
      type: 'forking',
      pidfile,
      stop: { schedule: 'TERM/8/KILL/5' },
    })
    const outcome = await rig.daemonctl(['prove', 'listing', '--json'])
    const report = reportOf(outcome)
    expect(idsOf(report, 'failed'), transcript(outcome)).toEqual(expect.arrayContaining([...failed]))
    expect(idsOf(report, 'advice')).toEqual(expect.arrayContaining([...advice]))
    expect(outcome.status).toBe(1)
    expect(rig.processes()).toEqual([])
  })
}

scenario('Ctrl-C ends the examination, and what it has started', async (rig) => {
  rig.define('long', { command: rig.fixture('obedient.pl') })
  const running = rig.begin(['prove', 'long'])
  await rig.until('it has begun', () => running.said.stdout.includes('it starts'))
  running.child.kill('SIGINT')
  expect((await running.outcome).status).toBe(130)
  expect(rig.processes()).toEqual([])
})
