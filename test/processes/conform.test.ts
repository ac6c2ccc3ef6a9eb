import { readFileSync, readdirSync, realpathSync, symlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { SCENARIO_NAMES } from '../../src/decide/conform/scenarios.ts'
import { IS_ROOT, PERL, scenario, transcript, type Outcome, type Rig } from './rig.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
const BODY = readFileSync(`${FIXTURES}/init-scripts/daemon.sh`, 'utf8')

/** The init script with one fault, of a daemon whose name and program nobody else has. */
function scriptOf(rig: Rig, fault: string): string {
  const name = `d${basename(rig.directory).replaceAll(/\W/g, '').slice(-12)}`
  const daemon = rig.path(name)
  symlinkSync(realpathSync(PERL), daemon)
  const fixtures = rig.fixture('forks-twice.pl')[1]?.replace(/\/forks-twice\.pl$/, '') ?? ''
  const head = [
    '#!/bin/sh',
    `NAME=${name}`,
    `PLACE=${rig.directory}`,
    `FIXTURES=${fixtures}`,
    `DAEMON=${daemon}`,
    `FAULT=${fault}`,
  ]
  return rig.write(rig.path('script'), `${head.join('\n')}\n${BODY}`, 0o755)
}

interface Report {
  readonly 'full-marks': boolean
  readonly checks: readonly { readonly id: string; readonly result: string; readonly why: string | null }[]
}

const conform = (rig: Rig, script: string, ...words: readonly string[]): Promise<Outcome> =>
  rig.daemonctl(['conform', script, '--yes', '--json', ...words])

function reportOf(outcome: Outcome): Report {
  try {
    return JSON.parse(outcome.stdout) as Report
  } catch {
    throw new Error(transcript(outcome))
  }
}

const idsOf = ({ checks }: Report, result: string): readonly string[] =>
  checks.filter((check) => check.result === result).map(({ id }) => id)

scenario('a script without a fault gets full marks, and nothing is left of it', { seconds: 120 }, async (rig) => {
  const outcome = await conform(rig, scriptOf(rig, 'none'))
  const report = reportOf(outcome)
  expect(report.checks.filter(({ result }) => !['passed', 'not-applicable'].includes(result))).toEqual([])
  expect(idsOf(report, 'not-applicable')).toEqual(IS_ROOT ? [] : ['start-unprivileged', 'start-unprivileged-nothing'])
  expect(report['full-marks']).toBe(true)
  expect(outcome.status).toBe(0)
  expect(rig.processes()).toEqual([])
  expect(readdirSync(rig.directory).filter((name) => name.endsWith('.pid'))).toEqual([])
})

/** Each fault, the scenario that finds it, and the checks that must fail. */
const FAULTS: readonly (readonly [fault: string, scenario: string, failed: readonly string[]])[] = [
  ['status-by-pidfile', 'death', ['status-dead']],
  ['silent-status', 'sequence', ['status-says']],
  ['starts-twice', 'sequence', ['start-again-once', 'stop-complete']],
  ['start-says-failed', 'sequence', ['start']],
  ['dies-after-start', 'sequence', ['start-runs']],
  ['holds-output', 'sequence', ['start-lets-go']],
  ['never-returns', 'sequence', ['start']],
  ['leaves-children', 'sequence', ['stop-complete']],
  ['does-not-wait', 'sequence', ['stop-complete']],
  ['keeps-pidfile', 'sequence', ['status-after-stop']],
  ['stop-of-stopped-fails', 'sequence', ['stop-stopped', 'stop-again']],
  ['restart-does-nothing', 'running', ['restart-anew']],
  ['usage-is-success', 'running', ['unknown-action', 'no-action']],
  ['reload-of-stopped', 'stopped', ['reload-stopped']],
  ['try-restart-starts', 'stopped', ['try-restart-starts-nothing']],
  ['refuses-stale-pidfile', 'death', ['start-dead', 'start-dead-runs']],
  [
    'believes-any-pid',
    'foreign',
    ['status-foreign', 'reload-foreign', 'reload-foreign-unharmed', 'stop-foreign-unharmed', 'start-foreign-runs'],
  ],
  ['kills-by-name', 'namesake', ['stop-namesake-unharmed', 'stop-again-namesake-unharmed']],
  ['needs-lang', 'surroundings', ['start-bare', 'start-bare-runs']],
  ['needs-path', 'surroundings', ['stop-odd-complete']],
  ['lets-anybody', 'unprivileged', ['start-unprivileged']],
]

for (const [fault, name, failed] of FAULTS) {
  scenario(`it is found that a script ${fault}`, { root: name === 'unprivileged' }, async (rig) => {
    const bound = fault === 'never-returns' ? ['--action-timeout', '2s'] : []
    const outcome = await conform(rig, scriptOf(rig, fault), '--only', name, ...bound)
    const report = reportOf(outcome)
    expect(idsOf(report, 'failed'), transcript(outcome)).toEqual(failed)
    expect(outcome.status).toBe(1)
    // Even so, the test leaves nothing behind.
    expect(rig.processes()).toEqual([])
  })
}

test('every fault is one that the script knows, and every scenario finds one', () => {
  const known = [...BODY.matchAll(/\bwrong ([a-z-]+)|^ {2}([a-z-]+)\)/gm)].map(([, one, other]) => one ?? other)
  expect(FAULTS.map(([fault]) => fault).filter((fault) => !known.includes(fault))).toEqual([])
  expect(known.filter((fault) => fault !== 'has-no-options' && !FAULTS.some(([one]) => one === fault))).toEqual([])
  // A pidfile of garbage is what believes-any-pid and status-by-pidfile stumble over as well.
  expect(SCENARIO_NAMES.filter((name) => !FAULTS.some(([, one]) => one === name))).toEqual(['bad-pidfile'])
})

scenario('actions that are optional may be missing', async (rig) => {
  const report = reportOf(await conform(rig, scriptOf(rig, 'has-no-options'), '--only', 'running', '--only', 'stopped'))
  expect(idsOf(report, 'failed')).toEqual([])
  expect(idsOf(report, 'not-applicable')).toEqual([
    'reload',
    'reload-lives',
    'try-restart',
    'try-restart-anew',
    'reload-stopped',
    'reload-starts-nothing',
    'try-restart-stopped',
    'try-restart-starts-nothing',
  ])
  expect(report['full-marks']).toBe(true)
})

scenario('a pidfile that is a wrong guess is given up, and what needs it is not tested', async (rig) => {
  const script = scriptOf(rig, 'none')
  rig.write(script, `#!/bin/sh\n# pidfile: /nonexistent/wrong.pid\n${rig.read(script)}`, 0o755)
  const outcome = await conform(rig, script, '--only', 'foreign')
  expect(reportOf(outcome).checks.every(({ result, why }) => result === 'untested' && why?.includes('--pidfile'))).toBe(
    true,
  )
  expect(outcome.status).toBe(1)
  const named = `${rig.directory}/${/^NAME=(.*)$/m.exec(rig.read(script))?.[1]}.pid`
  expect(reportOf(await conform(rig, script, '--only', 'foreign', '--pidfile', named))['full-marks']).toBe(true)
  const none = reportOf(await conform(rig, script, '--only', 'foreign', '--pidfile', 'none'))
  expect(none.checks.every(({ result }) => result === 'not-applicable')).toBe(true)
})

scenario('without --yes nothing is called', async (rig) => {
  const script = rig.write(rig.path('script'), `#!/bin/sh\necho called >>${rig.path('calls')}\n`, 0o755)
  const refused = await rig.daemonctl(['conform', script])
  expect(refused.status).toBe(2)
  expect(refused.stderr).toContain('--yes')
  const dry = await rig.daemonctl(['conform', script, '--dry-run'])
  expect(dry.status).toBe(0)
  expect(dry.stdout).toContain('kill everything of the daemon')
  expect(rig.read(rig.path('calls'))).toBe('')
})

scenario('a daemon that runs is left alone, unless it may be interrupted', async (rig) => {
  const script = scriptOf(rig, 'none')
  const pidfile = `${rig.directory}/${/^NAME=(.*)$/m.exec(rig.read(script))?.[1]}.pid`
  const byHand = await rig.spawn([script, 'start'])
  await rig.until('it runs', () => rig.read(pidfile) !== '')
  await rig.until('the script has ended', () => !rig.processes().some(({ pid }) => pid === byHand.pid))
  const before = rig.read(pidfile)
  const refused = await conform(rig, script)
  expect(refused.status).toBe(1)
  expect(refused.stdout).toContain('--interrupt')
  expect(rig.read(pidfile)).toBe(before)
  const allowed = await conform(rig, script, '--only', 'sequence', '--interrupt')
  expect(reportOf(allowed)['full-marks'], transcript(allowed)).toBe(true)
  expect(rig.read(pidfile)).not.toBe(before)
  expect(rig.processes().map(({ pid }) => `${pid}\n`)).toEqual([rig.read(pidfile)])
})

scenario('Ctrl-C ends the test, and what the test has started', async (rig) => {
  const script = scriptOf(rig, 'none')
  const running = rig.begin(['conform', script, '--yes'])
  await rig.until('something runs', () => readdirSync(rig.directory).some((name) => name.endsWith('.pid')))
  running.child.kill('SIGINT')
  const outcome = await running.outcome
  expect(outcome.status).toBe(130)
  expect(outcome.stdout).toContain('interrupted')
  expect(rig.processes()).toEqual([])
})

scenario('a script is run by the shell that is named', { needs: ['bash'] }, async (rig) => {
  const script = scriptOf(rig, 'none')
  const text = rig.read(script).replace('#!/bin/sh\n', '#!/bin/false\n[ -n "$BASH_VERSION" ] || exit 9\n')
  rig.write(script, text, 0o644)
  const outcome = await conform(rig, script, '--shell', 'bash --posix', '--only', 'sequence')
  expect(reportOf(outcome)['full-marks'], transcript(outcome)).toBe(true)
})

scenario('daemonctl itself gets full marks', { seconds: 180 }, async (rig) => {
  rig.define('obedient', { command: rig.fixture('obedient.pl') })
  const outcome = await rig.daemonctl(['conform', '--name', 'obedient', '--yes', '--json'])
  const report = reportOf(outcome)
  expect(report.checks.filter(({ result }) => result === 'failed' || result === 'untested')).toEqual([])
  expect(report['full-marks']).toBe(true)
})

scenario('bad words are said to be bad', async (rig) => {
  const expected: readonly (readonly [words: readonly string[], status: number, said: string])[] = [
    [[], 2, 'not said what to test'],
    [['/bin/true', '--name', 'x'], 2, 'an init script is called by itself'],
    [['/nonexistent/script', '--yes'], 5, 'cannot be read'],
    [['--name', 'x', '--shell', 'sh'], 2, '--shell is for init scripts'],
    [[rig.write(rig.path('no-program'), 'echo'), '--yes'], 5, 'chmod +x'],
    [['/bin/true', '--action-timeout', 'soon'], 2, '--action-timeout'],
  ]
  for (const [words, status, said] of expected) {
    const outcome = await rig.daemonctl(['conform', ...words])
    expect([outcome.status, outcome.stderr.includes(said)], transcript(outcome)).toEqual([status, true])
  }
})
