import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { isSameAndAlive } from './processes.ts'
import { FORM_NAMES, type Form, type FormName, type Recipe } from './recipe.ts'
import { RECIPES } from './recipes/all.ts'
import { listing, obstacle, readOr, sweepAbandoned, transcript, withRig, type Outcome, type Rig } from './rig.ts'

/**
 * Every daemon of recipes/, in every form it has, through the command line alone. What daemonctl says is compared with
 * what the process table and the port say; daemonctl is never its own witness.
 */
interface Scenario {
  readonly title: string
  readonly appliesTo: (recipe: Recipe, form: Form, name: FormName) => boolean
  readonly run: (rig: Rig, recipe: Recipe) => Promise<void>
}

const always = (): boolean => true

const SCENARIOS: readonly Scenario[] = [
  { title: 'the verbs and their exit statuses, by the LSB', appliesTo: always, run: verbs },
  { title: 'the main process dies by kill -9, and by a TERM that nobody announced', appliesTo: always, run: deaths },
  {
    title: 'a pidfile with the PID of the dead, or of a stranger',
    // A form in the foreground has daemonctl's pidfile, whatever its type.
    appliesTo: (_recipe, _form, name) => name !== 'notify',
    run: lyingPidfiles,
  },
  {
    title: 'a broken configuration does not harm the running daemon',
    appliesTo: (recipe, form) => form === firstForm(recipe) && /^config-test/m.test(form.definition(NOWHERE)),
    run: brokenConfiguration,
  },
  {
    title: 'a daemon that daemonctl did not start',
    appliesTo: (_recipe, _form, name) => name === 'forking',
    run: startedByHand,
  },
  {
    title: 'sessions outlive a stop with kill-mode "main"',
    appliesTo: (_recipe, form) => form.sessionsOutliveStop === true,
    run: sessionsOutlive,
  },
]

const firstForm = ({ forms }: Recipe): Form | undefined =>
  FORM_NAMES.map((name) => forms[name]).find((form) => form !== undefined)

/** For a look at a definition's keys, not at its values. */
const NOWHERE = {
  directory: '/nowhere',
  port: 1,
  path: (name: string) => `/nowhere/${name}`,
  write: (name: string) => name,
  makeDirectory: (name: string) => name,
  run: () => undefined,
}

const SCENARIO_SECONDS = 240
/** What a scenario waits for the others before it has its turn counts as well. */
const QUEUE_MILLISECONDS = 3_600_000

const mustRun = process.env['DAEMONCTL_CI'] === '1'
const skipped: string[] = []

beforeAll(sweepAbandoned)

for (const recipe of RECIPES) {
  const reason = obstacle(recipe)
  if (reason !== undefined) skipped.push(`${recipe.name}: ${reason}`)
  for (const name of FORM_NAMES) {
    const form = recipe.forms[name]
    if (form === undefined) continue
    describe.concurrent(`${recipe.name}, ${name}`, () => {
      if (reason !== undefined && mustRun) return test('can run here', () => expect.fail(reason))
      if (reason !== undefined) return test.skip(reason)
      for (const { title, appliesTo, run } of SCENARIOS) {
        if (!appliesTo(recipe, form, name)) continue
        test(title, { timeout: QUEUE_MILLISECONDS }, () =>
          withRig(recipe, name, SCENARIO_SECONDS, (rig) => run(rig, recipe)),
        )
      }
    })
  }
}
if (skipped.length > 0) console.warn(`NOT TESTED, ${skipped.length} daemons:\n  ${skipped.join('\n  ')}`)

async function verbs(rig: Rig): Promise<void> {
  const { name, form } = rig
  await expectStopped(rig)
  await expectExit(rig, 7, 'reload', name)
  await expectExit(rig, 0, 'condrestart', name)
  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)

  await expectExit(rig, 0, 'start', name)
  const first = await expectRunning(rig)
  expectOwnPidfile(rig)
  await expectExit(rig, 0, 'start', name)
  expect(await expectRunning(rig), 'a second start changes nothing').toBe(first)

  await expectExit(rig, form.reload === 'none' ? 3 : 0, 'reload', name)
  const reloaded = await expectRunningSoon(rig)
  if (form.reload === 'changes-pid') expect(reloaded).not.toBe(first)
  else expect(reloaded).toBe(first)

  await expectExit(rig, 0, 'force-reload', name)
  const reloadedByForce = await expectRunningSoon(rig)
  if (form.reload === 'keeps-pid') expect(reloadedByForce).toBe(reloaded)
  else expect(reloadedByForce).not.toBe(reloaded)

  await expectExit(rig, 0, 'restart', name)
  const restarted = await expectRunning(rig)
  expect(restarted).not.toBe(reloadedByForce)
  await expectExit(rig, 0, 'condrestart', name)
  const restartedAgain = await expectRunning(rig)
  expect(restartedAgain).not.toBe(restarted)
  await expectExit(rig, 2, 'restart', name, '--no-such-flag')
  await expectExit(rig, 2, 'no-such-verb', name)
  await expectExit(rig, 6, 'start', 'no-such-daemon')
  expect(await expectRunning(rig), 'bad usage changes nothing').toBe(restartedAgain)

  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)
  await expectExit(rig, 0, 'stop', name)
  await expectExit(rig, 0, 'try-restart', name)
  await expectStopped(rig)
  await expectExit(rig, 0, 'restart', name)
  await expectRunning(rig)
  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)
}

async function deaths(rig: Rig): Promise<void> {
  const { name, form } = rig
  await expectExit(rig, 0, 'start', name)
  const first = await expectRunning(rig)
  await rig.kill(first, 'SIGKILL')
  if (form.orphansAfterKill9) expect(rig.processes(), 'workers live on: a fact of the recipe').not.toEqual([])
  else await rig.until('nothing is left after kill -9: a fact of the recipe', () => rig.processes().length === 0)
  expect(await rig.status()).toMatchObject({ exit: 1, condition: 'stale' })
  await expectExit(rig, 0, 'start', name)
  const second = await expectRunning(rig)

  await rig.kill(second, 'SIGKILL')
  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)

  await expectExit(rig, 0, 'start', name)
  await rig.kill(await expectRunning(rig), 'SIGTERM')
  await rig.until('nothing is left after TERM', () => rig.processes().length === 0)
  const isTidy = form.pidfile?.atExit === 'removed'
  expect(await rig.status()).toMatchObject(isTidy ? { exit: 3, condition: 'stopped' } : { exit: 1, condition: 'stale' })
  await expectExit(rig, 0, 'start', name)
  await rig.kill(await expectRunning(rig), 'SIGKILL')
  await expectExit(rig, 0, 'restart', name)
  await expectRunning(rig)
  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)
}

async function lyingPidfiles(rig: Rig): Promise<void> {
  const { name, form, place } = rig
  const stranger = await rig.stranger()
  const spared = (): void => expect(isSameAndAlive(stranger), 'the stranger was killed').toBe(true)
  const expectForeign = async (): Promise<void> =>
    expect(await rig.status()).toMatchObject({ exit: 1, condition: 'foreign' })

  // No record yet: the process is younger than the pidfile that names it.
  writePidfile(rig, stranger.pid, 'long ago')
  await expectForeign()
  await expectExit(rig, 7, 'reload', name)
  await expectExit(rig, 0, 'condrestart', name)
  spared()
  await expectExit(rig, 0, 'stop', name)
  spared()
  await expectStopped(rig)
  writePidfile(rig, stranger.pid, 'long ago')
  await expectExit(rig, 0, 'start', name)
  spared()
  const first = await expectRunning(rig)

  // The record names the dead daemon, the pidfile a stranger.
  await rig.kill(first, 'SIGKILL')
  writePidfile(rig, stranger.pid, 'long ago')
  await expectForeign()
  await expectExit(rig, 0, 'restart', name)
  spared()
  await expectRunning(rig)
  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)

  // Nothing but the program tells the stranger from the daemon.
  if (/^executable/m.test(form.definition(place))) {
    writePidfile(rig, stranger.pid, 'just now')
    await expectForeign()
    await expectExit(rig, 0, 'stop', name)
    spared()
  }

  writePidfile(rig, await rig.deadPid(), 'just now')
  expect(await rig.status()).toMatchObject({ exit: 1, condition: 'stale' })
  await expectExit(rig, 0, 'start', name)
  await expectRunning(rig)
  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)
  spared()
}

async function brokenConfiguration(rig: Rig, recipe: Recipe): Promise<void> {
  const { name, form } = rig
  const { config } = recipe
  if (config === undefined) return expect.fail('a recipe with a config test names the file that it reads')
  const file = rig.place.path(config)
  const good = readFileSync(file)
  await expectExit(rig, 0, 'start', name)
  const pid = await expectRunning(rig)
  writeFileSync(file, `${good.toString()}\n}broken on purpose{ = \n`)
  await expectExit(rig, form.reload === 'none' ? 3 : 6, 'reload', name)
  for (const verb of ['force-reload', 'restart', 'condrestart']) await expectExit(rig, 6, verb, name)
  expect(await expectRunning(rig)).toBe(pid)
  await expectExit(rig, 0, 'stop', name)
  await expectExit(rig, 6, 'start', name)
  await expectStopped(rig)
  writeFileSync(file, good)
  await expectExit(rig, 0, 'start', name)
  await expectRunning(rig)
  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)
}

async function startedByHand(rig: Rig): Promise<void> {
  const { name, form } = rig
  await rig.startByHand()
  const pid = await expectRunning(rig)
  await expectExit(rig, 0, 'start', name)
  expect(await expectRunning(rig), 'start leaves it as it is').toBe(pid)
  await expectExit(rig, form.reload === 'none' ? 3 : 0, 'reload', name)
  await expectRunningSoon(rig)
  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)

  await rig.startByHand()
  await expectExit(rig, 0, 'restart', name)
  await expectRunning(rig)
  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)
}

async function sessionsOutlive(rig: Rig): Promise<void> {
  const { name, place } = rig
  await expectExit(rig, 0, 'start', name)
  const main = await expectRunning(rig)
  const socket = await connected(place.port)
  try {
    const sessions = (): readonly number[] => rig.processes().flatMap(({ pid }) => (pid === main ? [] : [pid]))
    await rig.until('the connection has a process of its own', () => sessions().length > 0)
    await expectExit(rig, 0, 'stop', name)
    expect(await rig.status()).toMatchObject({ exit: 3, condition: 'stopped' })
    expect(rig.portIsHeld()).toBe(false)
    expect(sessions(), 'the session was ended').not.toEqual([])
    await expectExit(rig, 0, 'start', name)
    expect(sessions(), 'the session was ended').not.toEqual([])
    expect(await rig.status()).toMatchObject({ exit: 0, condition: 'running' })
  } finally {
    socket.destroy()
  }
  await expectRunningSoon(rig)
  await expectExit(rig, 0, 'stop', name)
  await expectStopped(rig)
}

async function expectExit(rig: Rig, status: number, ...words: readonly string[]): Promise<Outcome> {
  const outcome = await rig.daemonctl(...words)
  expect(outcome.status, `${transcript(outcome)}\n${listing(rig.processes())}`).toBe(status)
  expect(outcome.leakedOutput, `${transcript(outcome)}\na daemon holds the output of daemonctl open`).toBe(false)
  return outcome
}

/** Running, once, and as the pidfile says. Returns the main PID. */
async function expectRunning(rig: Rig): Promise<number> {
  const report = await rig.status()
  const seen = listing(rig.processes())
  expect(report, seen).toMatchObject({ exit: 0, condition: 'running' })
  expect(
    rig.copies().map(({ pid }) => pid),
    `the copies that run\n${seen}`,
  ).toEqual([report.pid])
  expect(Number.parseInt(readFileSync(rig.pidfile, 'utf8'), 10), 'the pidfile').toBe(report.pid)
  return report.pid ?? -1
}

/** After a reload the old main process, and closed sessions, may take a moment to go. */
async function expectRunningSoon(rig: Rig): Promise<number> {
  await rig.until('exactly one copy runs', () => rig.copies().length === 1)
  return expectRunning(rig)
}

async function expectStopped(rig: Rig): Promise<void> {
  const left = rig.processes()
  expect(left, `left behind:\n${listing(left)}`).toEqual([])
  expect(rig.portIsHeld(), 'the port is still held').toBe(false)
  expect(await rig.status()).toMatchObject({ exit: 3, condition: 'stopped', pid: undefined })
}

const TEXT_OF_PIDFILE = { line: /^\d+\n$/, bare: /^\d+$/, lines: /^\d+\n[^]+\n$/ }

/** The facts of the recipe about the daemon's own pidfile. */
function expectOwnPidfile({ form, pidfile }: Rig): void {
  if (form.pidfile === undefined) return
  expect(readFileSync(pidfile, 'utf8')).toMatch(TEXT_OF_PIDFILE[form.pidfile.text])
  const { uid } = statSync(pidfile)
  expect(readOr('', '/etc/passwd')).toMatch(new RegExp(`^${form.pidfile.owner}:[^:]*:${uid}:`, 'm'))
}

function writePidfile({ pidfile }: Rig, pid: number, when: 'just now' | 'long ago'): void {
  writeFileSync(pidfile, `${pid}\n`)
  const minuteAgo = Date.now() / 1000 - 60
  if (when === 'long ago') utimesSync(pidfile, minuteAgo, minuteAgo)
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', reject).once('connect', () => resolve(socket))
  })
}
