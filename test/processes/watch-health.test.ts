import { existsSync, rmSync } from 'node:fs'
import { expect } from 'vitest'
import type { Process } from './processes.ts'
import { findProcess, kill, lives, PERL, scenario, type Fields, type Rig } from './rig.ts'
import { watch, type Watching } from './watching.ts'

/** What runs and does not serve is stopped by its schedule and started again, under the same limits. */

const QUICK = { start: { settle: '10ms' }, stop: { schedule: 'TERM/5/KILL/5' } }
const SOON = { delay: '10ms', 'max-delay': '20ms', burst: 1000 }
const OFTEN = { interval: '30ms', timeout: '5s', failures: 2 }

function processOf(rig: Rig): Process {
  const found = findProcess(rig.pid('d'))
  if (found === undefined) throw new Error('it does not run')
  return found
}

/** It is ended for a reason, and is up again as another process. */
async function isReplaced(watcher: Watching, before: Process, why: RegExp): Promise<void> {
  await watcher.hears('d', 'started', 2)
  expect((await watcher.hears('d', 'ending')).message).toMatch(why)
  expect(lives(before)).toBe(false)
  expect((await watcher.phase('d', 'up')).pid).not.toBe(before.pid)
}

interface Ill {
  readonly what: string
  readonly command: (rig: Rig, port: number) => string[]
  readonly probe: (rig: Rig, port: number) => Fields
  readonly health?: Fields
  /** Makes it fail; what makes it well again after that, if the next process would fail as well. */
  readonly spoil: (rig: Rig) => (() => void) | void
  readonly why: RegExp
}

const byFile =
  (name: string, text: string) =>
  (rig: Rig): (() => void) => {
    rig.write(rig.path(name), text)
    return () => rmSync(rig.path(name))
  }

const HTTP = {
  command: (rig: Rig, port: number) => rig.fixture('answers-http.pl', port, rig.path('answer')),
  probe: (_: Rig, port: number) => ({ http: `http://127.0.0.1:${port}/health` }),
  why: /no answer from http:\/\/127\.0\.0\.1/,
}

const ILL: readonly Ill[] = [
  { what: 'http: 503', ...HTTP, spoil: byFile('answer', '503\n') },
  {
    what: 'http: no answer at all',
    ...HTTP,
    health: { timeout: '800ms' },
    // The next process is well from the beginning: it may be asked before this one's trouble is over.
    spoil: (rig) => void rig.write(rig.path('answer'), `hang ${processOf(rig).pid}\n`),
  },
  {
    what: 'tcp: its port is closed',
    command: (rig, port) => rig.fixture('closes-its-port.pl', port),
    probe: (_, port) => ({ tcp: `127.0.0.1:${port}` }),
    spoil: (rig) => void kill(processOf(rig), 'SIGUSR1'),
    why: /no answer from tcp 127\.0\.0\.1/,
  },
  {
    what: 'unix: its socket is gone',
    command: (rig) => rig.fixture('serves-a-socket.pl', rig.path('socket'), 0),
    probe: (rig) => ({ unix: rig.path('socket') }),
    spoil: (rig) => rmSync(rig.path('socket')),
    why: /no answer from unix .*socket/,
  },
  {
    what: 'command: it fails',
    command: (rig) => rig.fixture('obedient.pl'),
    probe: (rig) => ({ command: ['/bin/sh', '-c', `test ! -e ${rig.path('sick')}`] }),
    spoil: byFile('sick', ''),
    why: /no answer from command \/bin\/sh/,
  },
  {
    what: 'file: it is gone',
    command: (rig) => rig.fixture('makes-a-file.pl', rig.path('beat'), 0),
    probe: (rig) => ({ file: rig.path('beat') }),
    spoil: (rig) => rmSync(rig.path('beat')),
    why: /no answer from file .*beat/,
  },
]

for (const { what, command, probe, health = {}, spoil, why } of ILL) {
  scenario(`one that fails its probe is replaced, ${what}`, async (rig) => {
    const port = await rig.freePort()
    rig.define('d', {
      ...QUICK,
      command: command(rig, port),
      start: { ready: probe(rig, port) },
      respawn: SOON,
      health: { ...OFTEN, probe: probe(rig, port), ...health },
    })
    const watcher = await watch(rig)
    const before = processOf(rig)
    const mend = spoil(rig)
    const failing = await watcher.hears('d', 'failing')
    expect([failing.level, failing.message]).toEqual(['warn', expect.stringContaining('failed (1 of 2)') as unknown])
    await watcher.hears('d', 'ending')
    mend?.()
    await isReplaced(watcher, before, why)
    await watcher.end()
  })
}

/** Holds a lock as long as it lives, and says when another has it. */
const ONE_AT_A_TIME = `
  use Fcntl ':flock';
  sub note { open my $file, '>>', "$ARGV[0].$_[0]"; syswrite $file, "$$\\n" }
  open my $lock, '>>', $ARGV[0];
  flock($lock, LOCK_EX | LOCK_NB) or note('overlap'), exit 1;
  note('asked');
  sleep while 1`

scenario('a probe that hangs is ended in time, and never are there two', async (rig) => {
  const probe = rig.path('probe')
  rig.define('d', {
    ...QUICK,
    command: rig.fixture('obedient.pl'),
    respawn: SOON,
    health: {
      probe: { command: [PERL, '-e', ONE_AT_A_TIME, probe] },
      interval: '10ms',
      timeout: '100ms',
      failures: 1000,
    },
  })
  const watcher = await watch(rig)
  const before = processOf(rig)
  await watcher.hears('d', 'failing', 8)
  await rig.until('it was asked', () => rig.read(`${probe}.asked`) !== '')
  // Failing, but not yet so often that it would be replaced.
  expect(lives(before)).toBe(true)
  await watcher.end()
  await rig.until('no probe is left', () => rig.copies(probe).length === 0)
  expect(rig.read(`${probe}.overlap`)).toBe('')
})

scenario('one that is suspended (state T) is replaced', async (rig) => {
  rig.define('d', {
    ...QUICK,
    command: rig.fixture('suspends-itself.pl'),
    respawn: SOON,
    health: { ...OFTEN, probe: { command: '/bin/true' } },
  })
  const watcher = await watch(rig)
  const before = processOf(rig)
  kill(before, 'SIGUSR1')
  await isReplaced(watcher, before, /it is suspended \(state T\)/)
  await watcher.end()
})

scenario('one that has grown beyond max-rss is replaced', async (rig) => {
  const grows = 'my ($f, $n) = @ARGV; my $x; if (!-e $f) { open my $h, ">", $f; $x = "x" x $n } sleep while 1'
  rig.define('d', {
    ...QUICK,
    command: [PERL, '-e', grows, rig.path('grown'), String(64 * 1024 ** 2)],
    respawn: SOON,
    health: { interval: '30ms', 'max-rss': '32 MiB' },
  })
  const watcher = await watch(rig, [], { ready: false })
  await watcher.hears('d', 'started', 2)
  expect((await watcher.hears('d', 'ending')).message).toMatch(/it uses [\d.]+ MiB, more than 32 MiB \(max-rss\)/)
  expect((await watcher.told('d')).phase).toBe('up')
  await watcher.end()
})

scenario('one that has reached its max-age is replaced, which is no failure', async (rig) => {
  rig.define('d', {
    ...QUICK,
    command: rig.fixture('obedient.pl'),
    respawn: { ...SOON, delay: '10m', 'max-delay': '10m' },
    health: { 'max-age': '300ms' },
    hooks: { 'on-failure': ['/bin/sh', '-c', `echo failed >>${rig.path('hooks')}`] },
    environment: { WITNESS: rig.path('witness') },
  })
  const watcher = await watch(rig)
  await watcher.hears('d', 'started', 4)
  const ending = watcher.lines('d').filter(({ kind }) => kind === 'ending')
  expect(ending.slice(0, 3).map(({ message }) => message)).toEqual(
    Array(3).fill('it is stopped and started again: it has reached its max-age'),
  )
  expect(existsSync(rig.path('hooks'))).toBe(false)
  expect(rig.read(rig.path('witness.overlap'))).toBe('')
  await watcher.end()
})

scenario('hooks on failure and on recovery; one that hangs delays nothing', async (rig) => {
  const note = (word: string): string[] => ['/bin/sh', '-c', `echo ${word} >>${rig.path('hooks')}`]
  rig.define('d', {
    ...QUICK,
    command: rig.fixture('obedient.pl', 'd'),
    respawn: SOON,
    hooks: { 'on-failure': note('failed'), 'on-recovery': note('recovered') },
  })
  rig.define('hangs', {
    ...QUICK,
    command: rig.fixture('obedient.pl', 'hangs'),
    respawn: SOON,
    hooks: { 'on-failure': [PERL, '-e', ONE_AT_A_TIME, rig.path('hook')], timeout: '500ms' },
  })
  const watcher = await watch(rig)
  expect(existsSync(rig.path('hooks'))).toBe(false)
  kill(processOf(rig), 'SIGKILL')
  const victim = findProcess(rig.pid('hangs'))
  if (victim !== undefined) kill(victim, 'SIGKILL')
  await watcher.hears('d', 'started', 2)
  await watcher.hears('hangs', 'started', 2)
  await rig.until('both hooks have run', () => rig.read(rig.path('hooks')).split('\n').length > 2)
  expect(
    rig
      .read(rig.path('hooks'))
      .trim()
      .split('\n')
      .toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(['failed', 'recovered'])
  const told = await watcher.hears('hangs', 'warned')
  expect(told.message).toMatch(/on-failure hook/)
  await rig.until('the hook is ended', () => rig.copies(rig.path('hook')).length === 0)
  expect((await watcher.told('hangs')).phase).toBe('up')
  await watcher.end()
})
