import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync } from 'node:fs'
import { expect } from 'vitest'
import { each, IS_ROOT, lives, PERL, runHelper, scenario, type Rig, type Stranger } from './rig.ts'

/** Each shape, as root and as an unprivileged user: `nobody`, with everything there its own. */
const USERS = IS_ROOT ? ([undefined, 'nobody'] as const) : ([undefined] as const)
const PID_MAX = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'))

/** The number of a thread that is not that of its process: /proc shows it, but it is no process. */
const ownThread = (): number =>
  readdirSync('/proc/self/task')
    .map(Number)
    .find((tid) => tid !== process.pid) ?? 0

interface Shape {
  readonly name: string
  /** Puts the pidfile in place; it names the stranger where it names anybody. */
  readonly make: (rig: Rig, path: string, stranger: Stranger) => void
  /** What status, stop, start and reload answer. */
  readonly status: number
  readonly stop: number
  readonly start: number
  readonly reload: number
}

/** Nothing lives: start replaces it. */
const STALE = { status: 1, stop: 0, start: 0, reload: 7 }
const GARBAGE = { status: 4, stop: 0, start: 0, reload: 7 }
/** Something may live: nothing is touched. */
const UNCLEAR = { status: 4, stop: 1, start: 1, reload: 1 }

const text =
  (make: (stranger: Stranger) => string) =>
  (rig: Rig, path: string, stranger: Stranger): void =>
    void rig.write(path, make(stranger))

const SHAPES: readonly Shape[] = [
  { name: 'empty', make: text(() => ''), ...STALE },
  { name: 'blank', make: text(() => ' \n\n'), ...STALE },
  { name: 'dead', make: text(() => `${deadPid()}\n`), ...STALE },
  { name: 'thread', make: text(() => `${ownThread()}\n`), ...STALE },
  { name: 'zero', make: text(() => '0\n'), ...GARBAGE },
  { name: 'init', make: text(() => '1\n'), ...GARBAGE },
  { name: 'minus-one', make: text(() => '-1\n'), ...GARBAGE },
  { name: 'group', make: text(({ group }) => `-${group}\n`), ...GARBAGE },
  { name: 'plus', make: text(({ pid }) => `+${pid}\n`), ...GARBAGE },
  { name: 'hex', make: text(({ pid }) => `0x${pid.toString(16)}\n`), ...GARBAGE },
  { name: 'huge', make: text(() => '99999999999999999999\n'), ...GARBAGE },
  { name: 'too-large', make: text(() => `${PID_MAX + 1}\n`), ...GARBAGE },
  { name: 'wraps-around', make: text(({ pid }) => `${2 ** 32 + pid}\n`), ...GARBAGE },
  { name: 'fraction', make: text(({ pid }) => `${pid}.0\n`), ...GARBAGE },
  { name: 'words', make: text(() => 'not running\n'), ...GARBAGE },
  { name: 'pid-and-words', make: text(({ pid }) => `${pid} perl\n`), ...GARBAGE },
  { name: 'nul', make: text(({ pid }) => `\0${pid}\n`), ...GARBAGE },
  { name: 'nul-after', make: text(({ pid }) => `${pid}\0`), ...GARBAGE },
  {
    name: 'sparse',
    make: (rig, path) => truncateSync(rig.write(path, ''), 1024 ** 3),
    ...GARBAGE,
  },
  { name: 'directory', make: (_, path) => mkdirSync(path), ...UNCLEAR },
  { name: 'fifo', make: (rig, path) => void runHelper(['mkfifo', path], rig.directory), ...UNCLEAR },
  {
    name: 'world-writable',
    make: (rig, path, { pid }) => void rig.write(path, `${pid}\n`, 0o666),
    ...UNCLEAR,
  },
]

/** Of a process that ended long ago, as far as PIDs tell. */
function deadPid(): number {
  const [pid = '0'] = runHelper([PERL, '-e', 'print $$'], '/').split('\n')
  return Number(pid)
}

for (const as of USERS) {
  const who = as ?? (IS_ROOT ? 'root' : 'a user')
  const options = as === undefined ? { seconds: 120 } : { as, seconds: 120 }

  scenario(`M2 P1 a pidfile that names nobody is no reason to signal anybody (${who})`, options, async (rig) => {
    const stranger = await rig.stranger()
    await each(SHAPES, async ({ name, make, ...expected }) => {
      define(rig, name)
      const put = (): void => {
        runHelper(['rm', '-rf', rig.pidfile(name)], rig.directory)
        make(rig, rig.pidfile(name), stranger)
      }
      put()
      const answers = {
        status: await exitOf(rig, 'status', name),
        reload: await exitOf(rig, 'reload', name),
        stop: await exitOf(rig, 'stop', name),
        start: (put(), await exitOf(rig, 'start', name)),
      }
      expect(answers, name).toEqual(expected)
      const copies = rig.copies(`obedient.pl ${name}/`)
      expect(copies.map(({ pid }) => pid)).toEqual(expected.start === 0 ? [rig.pid(name)] : [])
      if (expected.start === 0) expect(await exitOf(rig, 'stop', name)).toBe(0)
    })
    expect(stranger.signals()).toEqual([])
    expect(lives(stranger)).toBe(true)
  })

  scenario(`M2 a pidfile that names daemonctl itself (${who})`, options, async (rig) => {
    define(rig, 'self')
    for (const [verb, status] of [
      ['status', 1],
      ['reload', 7],
      ['stop', 0],
    ] as const) {
      const words = [verb, 'self']
      const outcome = await rig.daemonctl(words, { writeOwnPid: rig.pidfile('self') })
      expect([verb, outcome.status, outcome.signal]).toEqual([verb, status, undefined])
    }
  })

  scenario(`M2 a pidfile may be written in many ways (${who})`, options, async (rig) => {
    const shapes: Readonly<Record<string, (pid: number) => string>> = {
      plain: (pid) => `${pid}\n`,
      'no-newline': (pid) => `${pid}`,
      blanks: (pid) => ` \t ${pid}\n`,
      'trailing-blanks': (pid) => `${pid}  \n`,
      lines: (pid) => `${pid}\n/var/lib/data\n1700000000\n5432\n`,
      crlf: (pid) => `${pid}\r\n`,
      padded: (pid) => `${String(pid).padStart(10, '0')}\n`,
    }
    await each(Object.entries(shapes), async ([name, shape]) => {
      define(rig, name)
      const daemon = await rig.spawn(rig.fixture('obedient.pl', `${name}/`))
      rig.write(rig.pidfile(name), shape(daemon.pid))
      const { exit, condition, pid, proof } = await rig.status(name)
      expect({ name, exit, condition, pid, proof }).toEqual({
        name,
        exit: 0,
        condition: 'running',
        pid: daemon.pid,
        proof: 'pidfile',
      })
      expect(await exitOf(rig, 'stop', name)).toBe(0)
      expect(lives(daemon)).toBe(false)
    })
  })
}

interface Distrusted {
  readonly name: string
  readonly make: (rig: Rig, path: string, pid: number) => void
}

/** Others could have made each of these say what it says. */
const FORGEABLE: readonly Distrusted[] = [
  {
    name: 'others-file',
    make: (rig, path, pid) => chownSync(rig.write(path, `${pid}\n`), 65_534, 65_534),
  },
  {
    name: 'group-writable',
    make: (rig, path, pid) => chownSync(rig.write(path, `${pid}\n`, 0o664), 0, 65_534),
  },
  { name: 'open-directory/x', make: (rig, path, pid) => void rig.write(openDirectory(path, 0o777), `${pid}\n`) },
  {
    name: 'others-directory/x',
    make: (rig, path, pid) => {
      rig.write(openDirectory(path, 0o755), `${pid}\n`)
      chownSync(path.replace(/\/[^/]*$/, ''), 65_534, 65_534)
    },
  },
  {
    name: 'sticky/x',
    make: (rig, path, pid) => {
      const target = rig.write(`${openDirectory(path, 0o1777)}.target`, `${pid}\n`)
      symlinkSync(target, path)
    },
  },
]

function openDirectory(path: string, mode: number): string {
  const directory = path.replace(/\/[^/]*$/, '')
  mkdirSync(directory)
  chmodSync(directory, mode)
  return path
}

scenario('M19 P1 root believes no pidfile that others could have written', { root: true }, async (rig) => {
  const stranger = await rig.stranger()
  await each(FORGEABLE, async ({ name, make }) => {
    const pidfile = rig.path('run', `${name}.pid`)
    make(rig, pidfile, stranger.pid)
    const daemon = name.replaceAll(/\W/g, '-')
    rig.define(daemon, { command: ['/bin/sleep', '86400'], pidfile })
    const answers: Record<string, number | undefined> = {}
    for (const verb of ['status', 'stop', 'reload', 'restart', 'condrestart', 'force-reload', 'start']) {
      answers[verb] = await exitOf(rig, verb, daemon)
    }
    expect([name, answers]).toEqual([
      name,
      { status: 4, stop: 1, reload: 1, restart: 1, condrestart: 1, 'force-reload': 1, start: 1 },
    ])
    const flags = await rig.daemonctl(['stop', '--pidfile', pidfile])
    expect([name, flags.status]).toEqual([name, 1])
  })
  expect(stranger.signals()).toEqual([])
  expect(lives(stranger)).toBe(true)
})

scenario('M19 what the process itself proves is believed: its program, or its user', { root: true }, async (rig) => {
  const daemon = await rig.spawn(rig.fixture('obedient.pl'))
  const pidfile = rig.path('run', 'x.pid')
  chownSync(rig.write(pidfile, `${daemon.pid}\n`), 65_534, 65_534)
  rig.define('x', { command: ['/bin/sleep', '1'], pidfile })
  expect((await rig.status('x')).condition).toBe('unknown')
  rig.define('x', { command: ['/bin/sleep', '1'], pidfile, executable: PERL })
  expect((await rig.status('x')).condition).toBe('running')
  const byFlags = await rig.daemonctl(['status', '--pidfile', pidfile, '--exec', PERL])
  expect(byFlags.status).toBe(0)
  // Only nobody could have forged it, and nobody could signal that process himself.
  const own = await rig.spawn(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '/bin/sleep', '86400'])
  const spawned = performance.now()
  await rig.until('it is nobody', () => rig.read(`/proc/${own.pid}/status`).includes('Uid:\t65534'))
  // A pidfile of the same moment would speak of whoever had the PID before: clocks have a grain.
  await rig.until('the clocks tell start and pidfile apart', () => performance.now() - spawned > 250)
  chownSync(rig.write(pidfile, `${own.pid}\n`), 65_534, 65_534)
  rig.define('x', { command: ['/bin/cat'], pidfile })
  expect((await rig.status('x')).condition).toBe('running')
})

scenario('M5 what we may not signal is alive (EPERM)', { as: 'nobody' }, async (rig) => {
  const stranger = await rig.strangerOfRoot()
  define(rig, 'd')
  rig.write(rig.pidfile('d'), `${stranger.pid}\n`)
  expect(await exitOf(rig, 'status', 'd')).toBe(0)
  const started = await rig.daemonctl(['start', 'd'])
  expect([started.status, started.stdout]).toEqual([0, expect.stringContaining('already running')])
  const stopped = await rig.daemonctl(['stop', 'd'])
  expect([stopped.status, stopped.stderr]).toEqual([4, expect.stringContaining('may not be signalled')])
  expect(await exitOf(rig, 'reload', 'd')).toBe(4)
  expect(rig.pid('d')).toBe(stranger.pid)
  expect(stranger.signals()).toEqual([])
})

function define(rig: Rig, name: string): void {
  rig.define(name, { command: rig.fixture('obedient.pl', `${name}/`), start: { settle: '10ms' } })
}

const exitOf = async (rig: Rig, verb: string, name: string): Promise<number | undefined> =>
  (await rig.daemonctl([verb, name])).status
