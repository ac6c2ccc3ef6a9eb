import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect } from 'vitest'
import type { Process } from './processes.ts'
import { findProcess, kill, lives, PERL, scenario, type Fields, type Rig } from './rig.ts'
import { watch } from './watching.ts'

/** A daemon tells of its health by itself, as sd_notify(3) has it: silence is a failure. */

/** Silence counts after twice this time: so long may the machine have other things to do. */
const EVERY = 1_500
const told = (rig: Rig): string => rig.path('told')

function pings(rig: Rig, more: Fields = {}): void {
  rig.define('d', {
    type: 'notify',
    command: rig.fixture('pings.pl', told(rig)),
    stop: { schedule: 'TERM/5/KILL/5' },
    respawn: { delay: '10ms', 'max-delay': '20ms', burst: 1000 },
    health: { probe: { notify: true }, interval: `${EVERY}ms`, failures: 2 },
    ...more,
  })
}

function processOf(rig: Rig): Process {
  const found = findProcess(rig.pid('d'))
  if (found === undefined) throw new Error('it does not run')
  return found
}

const socket = (rig: Rig): string => rig.path('run', 'notify', 'd.sock')

/** Whoever starts it hears it until it is ready, the watcher right after that. */
const isHeard = (rig: Rig): Promise<void> => rig.until('it is listened to', () => existsSync(socket(rig)))

/** One of the daemon has lived for longer than it may be silent. */
async function hasPinged(rig: Rig, process: Process): Promise<void> {
  const since = performance.now()
  await rig.until('it has pinged for a while', () => performance.now() - since > 2 * EVERY + 1_000)
  expect(lives(process)).toBe(true)
}

scenario('one that says WATCHDOG=1 in time is left alone; one that falls silent is replaced', async (rig) => {
  pings(rig)
  const watcher = await watch(rig)
  const first = processOf(rig)
  expect(rig.read(told(rig))).toBe(`${first.pid} ${first.pid} ${EVERY * 1000}\n`)
  await hasPinged(rig, first)
  kill(first, 'SIGUSR1')
  await watcher.hears('d', 'started', 2)
  expect((await watcher.hears('d', 'ending')).message).toBe(
    'it is stopped and started again: it has not said WATCHDOG=1 within 1.5 s',
  )
  expect(lives(first)).toBe(false)
  // The next one is heard at the same place.
  const second = processOf(rig)
  await hasPinged(rig, second)
  kill(second, 'SIGUSR2')
  await watcher.hears('d', 'started', 3)
  expect((await watcher.hears('d', 'ending', 2)).message).toMatch(/WATCHDOG=trigger/)
  await watcher.end()
  expect(existsSync(socket(rig))).toBe(false)
})

scenario('one that was started while nobody watched is heard, and by the watcher after a killed one', async (rig) => {
  pings(rig)
  const started = await rig.daemonctl(['start', 'd'])
  expect(started.status, started.stderr).toBe(0)
  const daemon = processOf(rig)
  const first = await watch(rig)
  await hasPinged(rig, daemon)
  await first.end('SIGKILL')
  const second = await watch(rig)
  await hasPinged(rig, daemon)
  kill(daemon, 'SIGUSR1')
  await second.hears('d', 'started')
  expect(lives(daemon)).toBe(false)
  expect(second.lines('d').filter(({ kind }) => kind === 'warned')).toEqual([])
  await second.end()
})

scenario('MAINPID= of a process of its own is followed; the word of others is not', async (rig) => {
  pings(rig)
  const watcher = await watch(rig)
  await isHeard(rig)
  const first = processOf(rig)
  kill(first, 'SIGHUP')
  await watcher.reads('d', new RegExp(`main PID changed from ${first.pid} to`))
  const second = processOf(rig)
  expect(second.pid).not.toBe(first.pid)
  await hasPinged(rig, second)
  expect(watcher.count('d', 'started')).toBe(1)
  await isHeard(rig)
  say(rig, 'STATUS=digging')
  const stranger = await rig.stranger()
  say(rig, `MAINPID=${stranger.pid}`)
  const odd = await watcher.hears('d', 'warned')
  expect(odd.message).toBe(`it says that its main PID is ${stranger.pid}, which is not a process of its own`)
  const { pid, sentence } = await watcher.told('d')
  expect([pid, sentence]).toEqual([second.pid, 'up, it says: digging'])
  await watcher.end()
})

scenario('nobody but its own user is heard', { root: true }, async (rig) => {
  pings(rig)
  const watcher = await watch(rig)
  await isHeard(rig)
  const daemon = processOf(rig)
  say(rig, 'WATCHDOG=trigger', ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'])
  await hasPinged(rig, daemon)
  expect(watcher.count('d', 'ending')).toBe(0)
  say(rig, 'WATCHDOG=trigger')
  await watcher.hears('d', 'ending')
  await watcher.end()
})

scenario('one that was started by an older definition is not taken for silent', async (rig) => {
  pings(rig, { health: { 'max-age': '1h' } })
  const watcher = await watch(rig)
  const daemon = processOf(rig)
  pings(rig)
  watcher.kill('SIGHUP')
  expect((await watcher.hears('d', 'warned')).message).toMatch(/was not told to say WATCHDOG=1/)
  await hasPinged(rig, daemon)
  await watcher.end()
})

scenario('what it says of a reload is heard beside, and in place of nobody', async (rig) => {
  pings(rig, {
    command: rig.fixture('reloads-slowly.pl', rig.path('reloads'), 300),
    health: { probe: { notify: true }, interval: '10m' },
    reload: { wait: true },
  })
  const watcher = await watch(rig)
  await isHeard(rig)
  const daemon = processOf(rig)
  for (const count of [1, 2]) {
    const byWatcher = await rig.daemonctl(['reload', 'd'])
    expect([byWatcher.status, byWatcher.stderr]).toEqual([0, ''])
    expect(rig.read(rig.path('reloads'))).toBe('reloaded\n'.repeat(count))
  }
  watcher.hide()
  const beside = await rig.daemonctl(['reload', 'd'])
  expect([beside.status, beside.stderr]).toEqual([0, expect.stringContaining('another process listens to it')])
  say(rig, 'WATCHDOG=trigger')
  await watcher.hears('d', 'started', 2)
  expect(lives(daemon)).toBe(false)
  await watcher.end()
})

function say(rig: Rig, text: string, as: readonly string[] = []): void {
  const script = 'use Socket; socket S, PF_UNIX, SOCK_DGRAM, 0; send(S, $ARGV[1], 0, sockaddr_un($ARGV[0])) or die $!'
  const [program, ...words] = [...as, PERL, '-e', script, socket(rig), text]
  const sent = spawnSync(program, words, { encoding: 'utf8' })
  if (sent.status !== 0) throw new Error(`${program}: ${sent.stderr}`)
}
