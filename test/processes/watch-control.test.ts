import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { systemClock } from '../../src/host/clock.ts'
import { controlSocket } from '../../src/host/control-socket.ts'
import { isObject, type JsonObject } from '../../src/host/json-shape.ts'
import { ControlClient } from '../../src/watch/control-client.ts'
import { findProcess, kill, lives, type Process } from './processes.ts'
import { scenario, type Outcome, type Rig, type Running } from './rig.ts'

const socketOf = (rig: Rig): string => rig.path('run', 'watch.sock')

/** A watcher that has opened its socket. */
async function watch(rig: Rig): Promise<Running & { readonly pid: number }> {
  const running = rig.begin(['watch'])
  await rig.until('the watcher listens', () => existsSync(socketOf(rig)))
  return { ...running, pid: running.child.pid ?? 0 }
}

/** What the watcher says of a daemon, once it is so. */
async function untilWatcherSays(rig: Rig, what: string, isSo: (daemon: JsonObject) => boolean): Promise<void> {
  const socket = controlSocket({ runtimeDirectory: rig.path('run'), uid: rig.uid, users: { name: () => undefined } })
  const client = await ControlClient.connect(socket, systemClock, 10_000)
  if (client === undefined) throw new Error('the watcher does not answer')
  try {
    for (const deadline = performance.now() + 15_000; ;) {
      const said = await client.call('status', { name: 'good' })
      if (said.ok && isObject(said.value) && isSo(said.value)) return
      if (performance.now() > deadline) throw new Error(`not so after 15 s: ${what}: ${JSON.stringify(said)}`)
      await systemClock.sleep(10)
    }
  } finally {
    client.close()
  }
}

const isUp = ({ phase }: JsonObject): boolean => phase === 'up'

/** On a machine that is very busy the watcher may be too slow for a verb, which then acts itself: not every time. */
async function untilStartedBy(rig: Rig, watcher: number | undefined): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    await rig.daemonctl(['restart', 'good'])
    if (daemon(rig, 'good').parent === watcher) return
  }
  expect(daemon(rig, 'good').parent).toBe(watcher)
}

async function end({ child, outcome }: Running): Promise<void> {
  child.kill('SIGTERM')
  await outcome
}

const daemon = (rig: Rig, name: string): Process => {
  const found = findProcess(rig.pid(name))
  if (found === undefined) throw new Error(`${name} does not run`)
  return found
}

/** What it said, without what differs from run to run. */
const said = ({ status, stdout, stderr }: Outcome): unknown => ({
  status,
  stdout: withoutNumbers(stdout),
  stderr: withoutNumbers(stderr),
})

const withoutNumbers = (text: string): string =>
  text
    .replaceAll(/"took-ms": \d+/g, '"took-ms": N')
    .replaceAll(/\b[\d.]+ m?s\b/g, 'N s')
    .replaceAll(/\b\d{2,}\b/g, 'N')

describe('a verb', () => {
  scenario('says and does the same, by the watcher and without one', { seconds: 110 }, async (rig) => {
    rig.define('good', { command: rig.fixture('obedient.pl'), respawn: { policy: 'always' } })
    rig.define('deaf', { command: rig.fixture('dies-of-hup.pl'), respawn: { policy: 'never' } })
    rig.define('bad', { command: rig.fixture('exits-at-once.sh', 3), respawn: { policy: 'never' } })
    const story: readonly (readonly string[])[] = [
      ['start', 'good'],
      ['restart', 'good', '--json'],
      ['signal', 'good', 'URG'],
      ['stop', 'good'],
      ['stop', 'good', '--json'],
      ['start', 'deaf'],
      ['reload', 'deaf'],
      ['reload', 'deaf', '--json'],
      ['force-reload', 'deaf', '--quiet'],
      ['start', 'bad'],
      ['start', 'bad', '--json'],
    ]
    const tell = async (): Promise<unknown[]> => {
      await rig.daemonctl(['stop', 'good', 'deaf', 'bad'])
      const told: unknown[] = []
      for (const words of story) told.push([words.join(' '), said(await rig.daemonctl(words))])
      return told
    }
    const alone = await tell()
    const watcher = await watch(rig)
    const together = await tell()
    expect(together).toEqual(alone)
    // It was the watcher who did it.
    await rig.daemonctl(['start', 'good'])
    await untilStartedBy(rig, watcher.pid)
    await end(watcher)
    await rig.daemonctl(['restart', 'good'])
    expect(lives(daemon(rig, 'good'))).toBe(true)
  })

  scenario('is written down as done by whoever asked for it', async (rig) => {
    rig.define('good', { command: rig.fixture('obedient.pl') })
    const watcher = await watch(rig)
    await rig.daemonctl(['stop', 'good'])
    await rig.daemonctl(['start', 'good'])
    await end(watcher)
    const { stdout } = await rig.daemonctl(['history', 'good', '--json'])
    const { daemons } = JSON.parse(stdout) as {
      readonly daemons: readonly {
        readonly entries: readonly { readonly verb: string; readonly by: { readonly parent: string } }[]
      }[]
    }
    const starts = daemons[0]?.entries.filter(({ verb }) => verb === 'start' || verb === 'stop') ?? []
    expect(starts.map(({ by }) => by.parent)).toEqual([1, 2].map(() => expect.stringContaining(`(${process.pid})`)))
  })

  scenario('acts itself by a definition that the watcher does not know yet', async (rig) => {
    rig.define('good', { command: rig.fixture('obedient.pl'), description: 'old' })
    const watcher = await watch(rig)
    rig.define('good', { command: rig.fixture('obedient.pl'), description: 'new' })
    await rig.daemonctl(['restart', 'good'])
    expect(daemon(rig, 'good').parent).not.toBe(watcher.pid)
    await end(watcher)
  })

  scenario('does without a watcher that hangs', async (rig) => {
    rig.define('good', { command: rig.fixture('obedient.pl') })
    const watcher = await watch(rig)
    await untilWatcherSays(rig, 'it is up', isUp)
    const before = daemon(rig, 'good')
    watcher.child.kill('SIGSTOP')
    try {
      expect(await rig.daemonctl(['stop', 'good'])).toMatchObject({ status: 0 })
      expect(lives(before)).toBe(false)
      expect(await rig.daemonctl(['events'])).toMatchObject({ status: 7 })
    } finally {
      watcher.child.kill('SIGCONT')
    }
    await end(watcher)
  })

  scenario('does without a watcher that was killed, and the next one takes its place', async (rig) => {
    rig.define('good', { command: rig.fixture('obedient.pl') })
    const killed = await watch(rig)
    const { ino } = lstatSync(socketOf(rig))
    killed.child.kill('SIGKILL')
    await killed.outcome
    expect(await rig.daemonctl(['restart', 'good'])).toMatchObject({ status: 0 })
    expect(await rig.daemonctl(['events'])).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('no watcher answers'),
    })
    const next = rig.begin(['watch'])
    await rig.until('the next watcher listens', () => lstatSync(socketOf(rig)).ino !== ino)
    expect(lstatSync(socketOf(rig)).mode & 0o777).toBe(0o600)
    await untilStartedBy(rig, next.child.pid)
    await end(next)
    expect(existsSync(socketOf(rig))).toBe(false)
  })
})

describe('pause', () => {
  scenario('keeps a watcher from starting what died, until it is resumed', async (rig) => {
    rig.define('good', { command: rig.fixture('obedient.pl'), respawn: { policy: 'always' } })
    const watcher = await watch(rig)
    await untilWatcherSays(rig, 'it is up', isUp)
    expect(await rig.daemonctl(['pause', 'good'])).toMatchObject({
      status: 0,
      stdout: 'good is paused: no watcher touches it until it is resumed\n',
    })
    expect(await rig.daemonctl(['pause', 'good', '--json'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('"result": "nothing"'),
    })
    const before = daemon(rig, 'good')
    await untilWatcherSays(rig, 'it is paused', ({ paused }) => paused === true)
    kill(before, 'SIGKILL')
    await untilWatcherSays(rig, 'it is down', ({ phase }) => phase === 'down')
    expect(await rig.status('good')).toMatchObject({ wanted: 'up', paused: true })
    expect(rig.copies('obedient.pl')).toEqual([])
    await end(watcher)

    // Also the next watcher leaves it alone.
    const next = await watch(rig)
    await untilWatcherSays(rig, 'it is down', ({ phase }) => phase === 'down')
    expect(rig.copies('obedient.pl')).toEqual([])
    expect(await rig.daemonctl(['resume', 'good'])).toMatchObject({ status: 0 })
    await rig.until('it is back', () => rig.copies('obedient.pl').length === 1)
    await end(next)
  })

  scenario('needs no watcher, and outlives stops and starts', async (rig) => {
    rig.define('good', { command: rig.fixture('obedient.pl') })
    expect(await rig.daemonctl(['pause', 'good'])).toMatchObject({ status: 0 })
    expect(await rig.status('good')).toMatchObject({ wanted: 'down', paused: true })
    await rig.daemonctl(['start', 'good'])
    expect(await rig.status('good')).toMatchObject({ wanted: 'up', paused: true })
    await rig.daemonctl(['stop', 'good'])
    expect(await rig.status('good')).toMatchObject({ wanted: 'down', paused: true })
    expect(await rig.daemonctl(['resume', 'good'])).toMatchObject({ status: 0 })
    expect(await rig.status('good')).toMatchObject({ wanted: 'down', paused: false })
    expect(await rig.daemonctl(['resume', 'good'])).toMatchObject({ stdout: 'good was not paused: watchers heed it\n' })
    expect(await rig.daemonctl(['pause', 'nobody'])).toMatchObject({ status: 6 })
    expect(JSON.parse(readFileSync(rig.path('state', 'wishes', 'good.json'), 'utf8'))).toMatchObject({ version: 1 })
  })
})

describe('events', () => {
  scenario('follow a watcher until its end', async (rig) => {
    rig.define('good', { command: rig.fixture('obedient.pl') })
    rig.define('other', { command: rig.fixture('obedient.pl') })
    const watcher = await watch(rig)
    const following = rig.begin(['events', 'good', '--json'])
    let heard = ''
    following.child.stdout?.on('data', (text: string) => (heard += text))
    // Nobody tells when it has begun to follow: something happens until it is heard.
    for (let tries = 0; tries < 50 && !heard.includes('\n'); tries += 1) {
      await rig.daemonctl(['restart', 'good', 'other'])
    }
    await end(watcher)
    const { status, stdout, stderr } = await following.outcome
    expect({ status, stderr }).toEqual({ status: 7, stderr: '' })
    const lines: unknown[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.pop()).toMatchObject({ version: 1, failure: { message: 'the watcher has ended' } })
    expect(lines.length).toBeGreaterThan(0)
    for (const event of lines) expect(event).toMatchObject({ version: 1, daemon: 'good', message: expect.any(String) })
  })
})
