import { expect } from 'vitest'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { PERL, scenario, type Fields, type Outcome, type Rig } from './rig.ts'

interface Kind {
  readonly kind: string
  /** A daemon that becomes ready after a while, and the probe that notices. */
  readonly good: (rig: Rig) => Promise<Fields>
  /** The probe alone, of a daemon that never is. */
  readonly probe: (rig: Rig) => Promise<Fields>
  readonly says: RegExp
}

const LATE = 150

const KINDS: readonly Kind[] = [
  {
    kind: 'tcp',
    good: async (rig) => {
      const port = await rig.freePort()
      return { command: rig.fixture('port-holder.pl', port), ready: { tcp: `127.0.0.1:${port}` } }
    },
    probe: async (rig) => ({ tcp: await rig.freePort() }),
    says: /tcp 127\.0\.0\.1:\d+/,
  },
  {
    kind: 'unix',
    good: async (rig) => ({
      command: rig.fixture('serves-a-socket.pl', rig.path('s.sock'), LATE),
      ready: { unix: rig.path('s.sock') },
    }),
    probe: async (rig) => ({ unix: rig.path('s.sock') }),
    says: /unix .*s\.sock/,
  },
  {
    kind: 'http',
    good: async (rig) => {
      const port = await rig.freePort()
      return { command: rig.fixture('answers-http.pl', port, 'late'), ready: { http: `http://127.0.0.1:${port}/up` } }
    },
    probe: async (rig) => ({ http: `http://127.0.0.1:${await rig.freePort()}/up` }),
    says: /http:\/\/127\.0\.0\.1:\d+\/up/,
  },
  {
    kind: 'file',
    good: async (rig) => ({
      command: rig.fixture('makes-a-file.pl', rig.path('ready'), LATE),
      ready: { file: rig.path('ready') },
    }),
    probe: async (rig) => ({ file: rig.path('ready') }),
    says: /file .*ready/,
  },
  {
    kind: 'log',
    good: async (rig) => {
      // Of an earlier run: a probe that reads the whole log would believe it.
      rig.write(rig.path('log', 'd.log'), 'listening on 80\n')
      return {
        command: rig.fixture('says-when-ready.pl', LATE, 'listening on 443'),
        ready: { log: String.raw`listening on \d+` },
      }
    },
    probe: async (rig) => {
      rig.write(rig.path('log', 'd.log'), 'listening on 80\n')
      return { log: String.raw`listening on \d+` }
    },
    says: /log line \/listening/,
  },
  {
    kind: 'command',
    good: async (rig) => ({
      command: rig.fixture('makes-a-file.pl', rig.path('ready'), LATE),
      ready: { command: ['/bin/sh', '-c', `test -e "${rig.path('ready')}"`] },
    }),
    probe: async () => ({ command: ['/bin/false'] }),
    says: /command \/bin\/false/,
  },
  {
    kind: 'fd',
    good: async (rig) => ({ command: rig.fixture('announces-on-descriptor.pl', 5, LATE), ready: { fd: 5 } }),
    probe: async () => ({ fd: 3 }),
    says: /descriptor 3/,
  },
  {
    kind: 'notify',
    good: async (rig) => ({ type: 'notify', command: rig.fixture('notifies.pl', LATE) }),
    probe: async () => ({ notify: true }),
    says: /READY=1/,
  },
]

/** `ready` stands for start.ready. */
function define(rig: Rig, { ready, ...fields }: Fields, start: Fields = {}): void {
  rig.define('d', { ...fields, start: { timeout: '10s', ...start, ...(ready === undefined ? {} : { ready }) } })
}

async function expectNothingLeft(rig: Rig): Promise<void> {
  expect(rig.processes()).toEqual([])
  expect([rig.read(rig.pidfile('d')), rig.read(rig.record('d'))]).toEqual(['', ''])
  expect((await rig.status('d')).exit).toBe(3)
  const sockets = rig.path('run', 'notify')
  expect(existsSync(sockets) ? readdirSync(sockets) : []).toEqual([])
}

for (const { kind, good, probe, says } of KINDS) {
  scenario(`readiness by ${kind}: start returns when it is ready, not before`, async (rig) => {
    define(rig, await good(rig))
    const outcome = await rig.daemonctl(['start', 'd'])
    expect(outcome.status, outcome.stderr).toBe(0)
    const { condition, pid } = await rig.status('d')
    expect([condition, pid]).toEqual(['running', rig.pid('d')])
    expect(readyInMs(outcome)).toBeGreaterThan(kind === 'tcp' || kind === 'http' ? 0 : LATE - 20)
    expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
    await expectNothingLeft(rig)
  })

  scenario(
    `M28 readiness by ${kind}: one that never comes fails after start.timeout, and nothing is left`,
    async (rig) => {
      define(rig, { command: rig.fixture('never-ready.pl'), ready: await probe(rig) }, { timeout: '1500ms' })
      const outcome = await rig.daemonctl(['start', 'd'])
      expect(outcome.status).toBe(1)
      expect(outcome.stderr).toMatch(says)
      expect(outcome.stderr).toMatch(/not ready within 1\.5 s/)
      expect(outcome.stderr).toContain('| starting ...')
      expect(outcome.took).toBeLessThan(10_000)
      await expectNothingLeft(rig)
    },
  )

  scenario(`readiness by ${kind}: a death before it is noticed at once`, async (rig) => {
    define(rig, { command: rig.fixture('exits-after.pl', 100, 9), ready: await probe(rig) }, { timeout: '50s' })
    const outcome = await rig.daemonctl(['start', 'd'])
    expect(outcome.status).toBe(1)
    expect(outcome.stderr).toContain('exit status 9')
    expect(outcome.stderr).toContain('| giving up: the port is taken')
    expect(outcome.took).toBeLessThan(15_000)
    await expectNothingLeft(rig)
  })
}

/** "ready in 0.3 s", "ready in 120 ms" */
function readyInMs({ stdout }: Outcome): number {
  const [, number, unit] = /ready in ([\d.]+) (ms|s)/.exec(stdout) ?? []
  return Number(number) * (unit === 's' ? 1000 : 1)
}

scenario('readiness by delay: it must outlive the delay', async (rig) => {
  define(rig, { command: rig.fixture('obedient.pl'), ready: { delay: '300ms' } })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect(outcome.status).toBe(0)
  expect(readyInMs(outcome)).toBeGreaterThanOrEqual(300)
  await rig.daemonctl(['stop', 'd'])
  define(rig, { command: rig.fixture('exits-after.pl', 50, 9), ready: { delay: '20s' } })
  const early = await rig.daemonctl(['start', 'd'])
  expect([early.status, early.stderr]).toEqual([1, expect.stringContaining('exit status 9')])
  expect(early.took).toBeLessThan(15_000)
  await expectNothingLeft(rig)
})

scenario('readiness by tcp: a stranger who has the port does not make the daemon ready', async (rig) => {
  const port = await rig.freePort()
  await rig.spawn(rig.fixture('port-holder.pl', port))
  await rig.until('the port is taken', () =>
    rig.read('/proc/net/tcp').includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} `),
  )
  // It needs a while until it finds out, as many do; the port answers all the time.
  define(rig, { command: rig.fixture('port-holder.pl', port, 300), ready: { tcp: port } })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect(outcome.status, outcome.stdout).toBe(1)
  expect(outcome.stderr).toMatch(/pid \d+ \(.*\) already answers its readiness probe/)
})

scenario(
  'a daemon that forks while it gets ready (MAINPID) is followed to its child, and to nobody else',
  async (rig) => {
    define(rig, { type: 'notify', command: rig.fixture('notifies.pl', 10, 'MAINPID') })
    const outcome = await rig.daemonctl(['start', 'd'])
    expect(outcome.status, outcome.stderr).toBe(0)
    const { pid, processes } = await rig.status('d')
    expect(pid).toBe(rig.pid('d'))
    expect(rig.read(`/proc/${pid}/stat`).split(' ')[3]).not.toBe('1')
    expect(processes.length).toBeGreaterThan(0)
    expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
    await expectNothingLeft(rig)

    const stranger = await rig.stranger()
    define(rig, { type: 'notify', command: rig.fixture('notifies.pl', 10, stranger.pid) })
    const liar = await rig.daemonctl(['start', 'd'])
    expect([liar.status, liar.stderr]).toEqual([
      1,
      expect.stringContaining(`main PID is ${stranger.pid}, which is not`),
    ])
    expect([rig.processes().map(({ pid }) => pid), stranger.signals()]).toEqual([[stranger.pid], []])
  },
)

scenario('one that asks for more time than it is given has it (EXTEND_TIMEOUT_USEC)', async (rig) => {
  const stop = { schedule: 'TERM/3/KILL/5' }
  define(rig, { type: 'notify', command: rig.fixture('asks-for-time.pl', 3_500), stop }, { timeout: '3s' })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect(outcome.status, outcome.stderr).toBe(0)
  expect(readyInMs(outcome)).toBeGreaterThan(3_400)
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  expect(rig.log('d')).toContain('ended in good order')
  await expectNothingLeft(rig)
})

scenario('notify without koffi is refused clearly, and nothing is started', { program: 'alone' }, async (rig) => {
  define(rig, { type: 'notify', command: rig.fixture('notifies.pl', 10) })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect([outcome.status, outcome.stderr]).toEqual([3, expect.stringContaining('koffi')])
  await expectNothingLeft(rig)
})

scenario('everything else works without koffi', { program: 'alone' }, async (rig) => {
  define(rig, { command: rig.fixture('ignores-term.pl'), stop: { schedule: 'TERM/1/KILL/5' } })
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  expect((await rig.daemonctl(['restart', 'd'])).status).toBe(0)
  const stopped = await rig.daemonctl(['stop', 'd'])
  expect([stopped.status, stopped.stdout]).toEqual([0, expect.stringContaining('had to be killed')])
  await expectNothingLeft(rig)
})

scenario('without a probe: settled means quiet, and a daemon that computes is given its time', async (rig) => {
  mkdirSync(rig.path('work'))
  const busy = 'my $end = time + 2; 1 while time < $end; exit 5'
  define(rig, { command: [PERL, '-e', busy], directory: rig.path('work') })
  const outcome = await rig.daemonctl(['start', 'd'])
  // Whether it dies before or after it counts as started: there is no third.
  if (outcome.status === 0) expect(readyInMs(outcome)).toBeGreaterThanOrEqual(1000)
  else expect(outcome.stderr).toContain('exit status 5')
})
