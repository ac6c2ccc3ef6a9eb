import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import {
  findInPath,
  findProcess,
  kill,
  lives,
  runHelper,
  scenario,
  type Fields,
  type Outcome,
  type Rig,
} from '../processes/rig.ts'
import type { Process } from '../processes/processes.ts'
import { watch } from '../processes/watching.ts'

/**
 * The systems of the documents that teach to write daemons in PHP, re-typed: every verb, watching, logs, figures, actions
 * and boot files over each of them, also over what they do badly.
 */
interface System {
  readonly name: string
  /** Its definition in this place. */
  readonly define: (rig: Rig) => Promise<Fields>
  readonly reload: 'keeps-pid' | 'refused'
  /** It catches USR1. */
  readonly usr1: boolean
  /** What it writes when it is up, and what follows a reload. */
  readonly says: RegExp
  readonly saysReloaded?: RegExp
  /** Its processes, the main one among them. */
  readonly processes: number
  /** Figures of its own, as Prometheus gets them. */
  readonly figures?: readonly RegExp[]
  /** An action with what it writes. */
  readonly action?: readonly [words: readonly string[], output: RegExp]
}

const DOCUMENTS = fileURLToPath(new URL('../fixtures/documents/', import.meta.url))
const PHP = findInPath('php') ?? '/usr/bin/php'
const php = (name: string, ...words: readonly string[]): readonly string[] => [PHP, `${DOCUMENTS}${name}`, ...words]

/** PHP catches HUP itself: whether its program does is for the definition to say. */
const HANDLES_HUP = { reload: { signal: 'HUP' } }
const QUICK = { stop: { schedule: 'TERM/10/KILL/5' }, respawn: { policy: 'always', burst: 100 } }

const SYSTEMS: readonly System[] = [
  {
    name: 'app',
    define: async (rig) => {
      const metrics = `tcp://127.0.0.1:${await rig.freePort()}`
      const words = ['--master', '--proc=3', `--metrics=${metrics}`]
      return {
        ...QUICK,
        ...HANDLES_HUP,
        type: 'forking',
        command: php(
          'app.php',
          '--daemon',
          `--pidfile=${rig.path('app.pid')}`,
          `--journal=${rig.path('log', 'app.log')}`,
          ...words,
        ),
        pidfile: rig.path('app.pid'),
        'config-test': php('app.php', '--check'),
        start: { ready: { tcp: metrics.slice('tcp://'.length) } },
        metrics: { tcp: metrics.slice('tcp://'.length) },
        actions: { settings: { command: php('app.php', '--settings', ...words), description: 'what it goes by' } },
      }
    },
    reload: 'keeps-pid',
    usr1: false,
    says: /master is up/,
    saysReloaded: /settings are read again/,
    processes: 4,
    figures: [/rps\S* \d+/, /mean_ms\S* \d+/, /idle_percent\S* \d+/, /children\S* 3/],
    action: [['settings'], /^proc 3\nmetrics tcp:/],
  },
  {
    name: 'fork-server',
    define: async (rig) => {
      const port = await rig.freePort()
      return {
        ...QUICK,
        ...HANDLES_HUP,
        command: php('fork-server.php', `tcp://127.0.0.1:${port}`, '3', '30'),
        start: { ready: { tcp: `127.0.0.1:${port}` } },
        environment: { PORT: String(port) },
      }
    },
    reload: 'keeps-pid',
    usr1: false,
    says: /listening/,
    saysReloaded: /reload/,
    processes: 1,
  },
  {
    name: 'graceful-reload',
    define: async (rig) => {
      const ini = rig.write(rig.path('test.ini'), '[db]\nhost=192.168.0.1\nport=3306\n')
      return {
        ...QUICK,
        ...HANDLES_HUP,
        type: 'forking',
        command: php('graceful-reload.php', ini, rig.path('graceful.pid')),
        pidfile: rig.path('graceful.pid'),
      }
    },
    reload: 'keeps-pid',
    usr1: false,
    says: /\[host\] => 192\.168\.0\.1/,
    saysReloaded: /This is reload/,
    processes: 1,
  },
  {
    name: 'edm',
    define: async (rig) => {
      const program = rig.path('edm.php')
      copyFileSync(`${DOCUMENTS}edm.php`, program)
      return {
        ...QUICK,
        type: 'forking',
        command: [PHP, program, 'start'],
        pidfile: `${program}.pid`,
        // Without its pidfile its own stop does nothing: then it is for the schedule.
        stop: { ...QUICK.stop, command: [PHP, program, 'stop'], timeout: '2s' },
        log: { stdout: `${program}.log` },
        actions: { 'own-status': { command: [PHP, program, 'status'] } },
      }
    },
    reload: 'refused',
    usr1: false,
    says: /Start/,
    processes: 1,
    action: [['own-status'], /already running, PID = \d+/],
  },
  {
    name: 'worker-daemon',
    define: async (rig) => {
      const socket = rig.path('rpc.sock')
      const call = (...words: readonly string[]): readonly string[] =>
        php('worker-daemon.php', 'call', socket, ...words)
      return {
        ...QUICK,
        command: php('worker-daemon.php', socket, 'forever'),
        start: { ready: { unix: socket } },
        stop: { ...QUICK.stop, command: call('daemon.shutdown') },
        reload: { command: call('daemon.refresh') },
        metrics: { command: call('daemon.figures'), format: 'json' },
        actions: {
          workers: { command: call('worker.status') },
          hold: { command: call('worker.pause') },
          'go-on': { command: call('worker.resume') },
          say: { command: call('echo') },
          dump: { signal: 'USR1' },
        },
      }
    },
    reload: 'keeps-pid',
    usr1: true,
    says: /sweep spinup/,
    saysReloaded: /refreshed/,
    processes: 3,
    figures: [/served\S* \d+/, /workers\S* 2/],
    action: [['say', 'hello', 'there'], /^"hello there"\n$/],
  },
  {
    name: 'server',
    define: async (rig) => ({
      ...QUICK,
      ...HANDLES_HUP,
      type: 'forking',
      command: php('daemon-classes.php', rig.path('server.pid'), rig.path('log', 'server.log')),
      pidfile: rig.path('server.pid'),
    }),
    reload: 'keeps-pid',
    usr1: true,
    says: /Démarrage du processus avec le pid/,
    saysReloaded: /Arrêt du processus avec le pid/,
    processes: 1,
  },
]

/** Of the daemon: a watcher is there as well. Whatever a process calls itself, its program stays what it is. */
const processesOf = (rig: Rig) => rig.processes().filter(({ name }) => name === 'php')

async function define(rig: Rig, system: System): Promise<void> {
  rig.define(system.name, await system.define(rig))
}

async function expectExit(rig: Rig, status: number, ...words: readonly string[]): Promise<Outcome> {
  const outcome = await rig.daemonctl(words)
  expect([outcome.status, outcome.leaked], `${words.join(' ')}\n${outcome.stdout}${outcome.stderr}`).toEqual([
    status,
    false,
  ])
  return outcome
}

/** Runs, with all of its processes and no others. */
async function expectUp(rig: Rig, { name, processes }: System): Promise<number> {
  const report = await rig.status(name)
  expect(report).toMatchObject({ exit: 0, condition: 'running' })
  await rig.until('all its processes are there, and no others', () => processesOf(rig).length === processes)
  return report.pid ?? 0
}

async function expectDown(rig: Rig, { name }: System): Promise<void> {
  expect(processesOf(rig)).toEqual([])
  expect(await rig.status(name)).toMatchObject({ exit: 3, condition: 'stopped' })
}

const logOf = (rig: Rig, { name }: System): string =>
  rig.log(name) + (name === 'edm' ? rig.read(rig.path('edm.php.log')) : '')

describe.each(SYSTEMS)('$name', (system) => {
  const { name } = system

  scenario(`${name}: every verb`, { needs: ['php'], seconds: 150 }, async (rig) => {
    await define(rig, system)
    await expectExit(rig, 3, 'status', name)
    await expectExit(rig, 7, 'reload', name)
    await expectExit(rig, 0, 'condrestart', name)
    await expectDown(rig, system)

    await expectExit(rig, 0, 'start', name)
    const first = await expectUp(rig, system)
    await expectExit(rig, 0, 'start', name)
    expect(await expectUp(rig, system)).toBe(first)
    await rig.until('it has said so', () => system.says.test(logOf(rig, system)))
    expect((await expectExit(rig, 0, 'logs', name)).stdout).toMatch(system.says)

    await expectExit(rig, system.reload === 'refused' ? 3 : 0, 'reload', name)
    if (system.saysReloaded !== undefined) {
      const said = system.saysReloaded
      await rig.until('it has reloaded', () => said.test(logOf(rig, system)))
    }
    expect(await expectUp(rig, system)).toBe(first)
    await expectExit(rig, 0, 'force-reload', name)
    const second = await expectUp(rig, system)
    expect(second === first).toBe(system.reload === 'keeps-pid')

    if (system.usr1) await expectExit(rig, 0, 'signal', name, 'USR1')
    for (const figure of system.figures ?? []) {
      expect((await expectExit(rig, 0, 'status', name, '--format', 'prometheus')).stdout).toMatch(figure)
    }
    if (system.action !== undefined) {
      const [words, output] = system.action
      expect((await expectExit(rig, 0, 'do', name, ...words)).stdout).toMatch(output)
    }
    expect(await expectUp(rig, system)).toBe(second)

    await expectExit(rig, 0, 'restart', name)
    const third = await expectUp(rig, system)
    await expectExit(rig, 0, 'condrestart', name)
    const fourth = await expectUp(rig, system)
    expect(new Set([second, third, fourth]).size).toBe(3)

    // What a dead main process leaves is seen, and is gone before a second one comes.
    const main = findProcess(fourth)
    if (main === undefined) throw new Error('it does not run')
    kill(main, 'SIGKILL')
    await rig.until('it is dead', () => !lives(main))
    await expectExit(rig, 1, 'status', name)
    await expectExit(rig, 0, 'start', name)
    expect(await expectUp(rig, system)).not.toBe(fourth)

    await expectExit(rig, 0, 'stop', name)
    await expectDown(rig, system)
    await expectExit(rig, 0, 'stop', name)
  })

  scenario(`${name}: watched`, { needs: ['php'], seconds: 150 }, async (rig) => {
    await define(rig, system)
    const watcher = await watch(rig)
    for (let round = 2; round <= 3; round += 1) {
      const before = await expectUp(rig, system)
      const main = findProcess(before)
      if (main === undefined) throw new Error('it does not run')
      kill(main, 'SIGKILL')
      await watcher.hears(name, 'started', round)
      expect(await expectUp(rig, system)).not.toBe(before)
    }
    await expectExit(rig, system.reload === 'refused' ? 3 : 0, 'reload', name)
    await expectExit(rig, 0, 'stop', name)
    await watcher.phase(name, 'down')
    await expectDown(rig, system)
    await watcher.end()
    expect(watcher.count(name, 'started')).toBe(3)
  })

  scenario(`${name}: boot files`, { root: true, needs: ['php', 'dash'], seconds: 150 }, async (rig) => {
    rig.define(name, { ...(await system.define(rig)), 'lock-file': rig.path('subsys') })
    const script = rig.path('script')
    await expectExit(rig, 0, 'gen-sysvinit', name, '--output', script)
    // What it knows of its daemon lies in /run, which is the host's.
    const text = rig.read(script)
    expect(text).toContain(`RECORD=/run/${name}.init\n`)
    rig.write(script, text.replaceAll(`/run/${name}.init`, rig.path('script.record')))
    const call = (word: string): Promise<number | null> => callScript(script, word)
    expect(await call('status')).toBe(3)
    expect(await call('start')).toBe(0)
    expect([await call('status'), (await rig.status(name)).condition]).toEqual([0, 'running'])
    await rig.until('all its processes are there', () => processesOf(rig).length === system.processes)
    expect(await call('start')).toBe(0)
    expect(processesOf(rig)).toHaveLength(system.processes)
    const [before] = processesOf(rig)
    expect(await call('restart')).toBe(0)
    expect(before !== undefined && lives(before)).toBe(false)
    expect(await call('reload')).toBe(system.reload === 'refused' ? 3 : 0)
    expect(await call('stop')).toBe(0)
    await rig.until('nothing is left of it', () => processesOf(rig).length === 0)
    expect(await call('status')).toBe(3)

    await expectExit(rig, 0, 'gen-systemd', name, '--output', rig.path(`${name}.service`))
    const analyze = findInPath('systemd-analyze')
    if (analyze === undefined) return
    const verified = spawnSync(analyze, ['verify', '--man=no', rig.path(`${name}.service`)], {
      encoding: 'utf8',
    })
    expect([verified.status, verified.stderr.split('\n').filter((line) => line.includes(rig.directory))]).toEqual([
      0,
      [],
    ])
  })
})

const systemNamed = (name: string): System => {
  const system = SYSTEMS.find((one) => one.name === name)
  if (system === undefined) throw new Error(`there is no ${name}`)
  return system
}

async function mainOf(rig: Rig, name: string): Promise<Process> {
  const found = findProcess((await rig.status(name)).pid ?? 0)
  if (found === undefined) throw new Error(`${name} does not run`)
  return found
}

scenario(
  'app: children that die are replaced by their master, also when they die one after the other',
  { needs: ['php'], seconds: 150 },
  async (rig) => {
    const app = systemNamed('app')
    await define(rig, app)
    await expectExit(rig, 0, 'start', 'app')
    const main = await mainOf(rig, 'app')
    for (let round = 0; round < 4; round += 1) {
      const child = processesOf(rig).find(({ parent }) => parent === main.pid)
      if (child === undefined) throw new Error('it has no children')
      kill(child, 'SIGKILL')
      await rig.until('it is replaced', () => !lives(child) && processesOf(rig).length === app.processes)
    }
    expect(await expectUp(rig, app)).toBe(main.pid)
    const { stdout } = await expectExit(rig, 0, 'status', 'app', '--format', 'prometheus')
    // Of each child's second 5 ms in 100 are work.
    expect(Number(/mean_ms\S* (\d+)/.exec(stdout)?.[1])).toBe(5)
    expect(Number(/idle_percent\S* (\d+)/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(90)
    await expectExit(rig, 0, 'stop', 'app')
    await expectDown(rig, app)
  },
)

scenario(
  'fork-server: its connections are ended before it, and hold no port when it was killed',
  { needs: ['php'], seconds: 150 },
  async (rig) => {
    const server = systemNamed('fork-server')
    await define(rig, server)
    const port = Number(/PORT = "(\d+)"/.exec(rig.read(rig.path('etc', 'fork-server.toml')))?.[1])
    const watcher = await watch(rig)
    const first = await conversation(port)
    const main = await mainOf(rig, 'fork-server')
    expect(processesOf(rig)).toHaveLength(2)
    kill(main, 'SIGKILL')
    // The process of the connection still has the listening socket: as long as it lives, nobody else gets the port.
    await watcher.hears('fork-server', 'started', 2)
    await first.ended
    const second = await conversation(port)
    expect(await second.asks('hello')).toContain('echo hello')
    await expectExit(rig, 0, 'stop', 'fork-server')
    await second.ended
    await expectDown(rig, server)
    expect(rig.log('fork-server')).toMatch(/Closed connection\nshutting down\n$/)
    expect(rig.log('fork-server')).not.toContain('socket_bind')
    await watcher.end()
  },
)

scenario(
  'fork-server: a silent connection is ended by its timeout, and the pool is full',
  { needs: ['php'], seconds: 150 },
  async (rig) => {
    const port = await rig.freePort()
    rig.define('s', {
      ...QUICK,
      command: php('fork-server.php', `tcp://127.0.0.1:${port}`, '2', '1'),
      start: { ready: { log: 'listening' } },
    })
    await expectExit(rig, 0, 'start', 's')
    const held = await Promise.all([conversation(port), conversation(port), conversation(port)])
    for (const one of held) expect(await one.ended).toMatch(/^pid \d+\ntimeout\n$/)
    await rig.until('it has seen them go', () => rig.log('s').match(/Closed/g)?.length === 3)
    // There was no room for the third before one of the two had gone.
    expect(rig.log('s')).toMatch(/^listening\n(Opened connection\n){2}Closed connection\n/)
    await expectExit(rig, 0, 'stop', 's')
  },
)

scenario(
  'graceful-reload: what it reads again is the new configuration, and it finishes',
  { needs: ['php'], seconds: 150 },
  async (rig) => {
    const system = systemNamed('graceful-reload')
    await define(rig, system)
    await expectExit(rig, 0, 'start', 'graceful-reload')
    const pid = await expectUp(rig, system)
    rig.write(rig.path('test.ini'), '[db]\nhost=192.168.0.1\nport=3306\nuser=test\n')
    await expectExit(rig, 0, 'reload', 'graceful-reload')
    await rig.until('it has read it', () => rig.log('graceful-reload').includes('[user] => test'))
    expect(await expectUp(rig, system)).toBe(pid)
    await expectExit(rig, 0, 'stop', 'graceful-reload')
    expect(rig.log('graceful-reload')).toMatch(/Finish\n$/)
  },
)

scenario('edm: what it says of itself, and what is', { needs: ['php'], seconds: 150 }, async (rig) => {
  const edm = systemNamed('edm')
  await define(rig, edm)
  const itself = (verb: string): string => runHelper([PHP, rig.path('edm.php'), verb], rig.directory)
  await expectExit(rig, 0, 'start', 'edm')
  const main = await mainOf(rig, 'edm')
  kill(main, 'SIGKILL')
  await rig.until('it is dead', () => !lives(main))
  // It believes its pidfile, and does not start.
  expect([itself('status'), itself('start')]).toEqual([
    expect.stringContaining(`already running, PID = ${main.pid}`),
    expect.stringContaining('already running'),
  ])
  expect(processesOf(rig)).toEqual([])
  await expectExit(rig, 1, 'status', 'edm')
  await expectExit(rig, 0, 'start', 'edm')
  const pid = await expectUp(rig, edm)

  // Its pidfile taken away, it runs on: it sees nothing, and would start a second one.
  rmSync(`${rig.path('edm.php')}.pid`)
  expect(itself('status')).toContain("haven't running")
  expect(await expectUp(rig, edm)).toBe(pid)
  await expectExit(rig, 0, 'start', 'edm')
  expect(await expectUp(rig, edm)).toBe(pid)
  await expectExit(rig, 0, 'stop', 'edm')
  await expectDown(rig, edm)
  expect(itself('stop')).toContain("haven't running")
})

scenario(
  'worker-daemon: workers are held and go on by RPC; it shuts itself down by RPC',
  { needs: ['php'], seconds: 150 },
  async (rig) => {
    const system = systemNamed('worker-daemon')
    await define(rig, system)
    await expectExit(rig, 0, 'start', 'worker-daemon')
    const told = async (...words: readonly string[]): Promise<unknown> =>
      JSON.parse((await expectExit(rig, 0, 'do', 'worker-daemon', ...words)).stdout)
    expect(await told('workers')).toEqual({ copy: 1, sweep: 1 })
    expect(await told('hold', 'sweep')).toBe(true)
    expect(await told('workers')).toEqual({ copy: 1, sweep: 2 })
    expect(await told('go-on', 'sweep')).toBe(true)
    expect(await told('workers')).toEqual({ copy: 1, sweep: 1 })
    await expectExit(rig, 1, 'do', 'worker-daemon', 'hold', 'nobody')
    await expectExit(rig, 2, 'do', 'worker-daemon', 'fly')
    await expectExit(rig, 0, 'do', 'worker-daemon', 'dump')
    await rig.until('it has got the signal', () => rig.log('worker-daemon').includes('daemon.posix.10'))

    const worker = processesOf(rig).find(({ parent }) => parent === rig.pid('worker-daemon'))
    if (worker === undefined) throw new Error('it has no workers')
    kill(worker, 'SIGKILL')
    await rig.until('its watchdog has seen it', () => rig.log('worker-daemon').includes('has ended'))
    await expectUp(rig, system)
    await expectExit(rig, 0, 'stop', 'worker-daemon')
    await expectDown(rig, system)
    expect(rig.log('worker-daemon').match(/spindown/g)).toHaveLength(2)
  },
)

scenario(
  'worker-daemon: a worker that is not for ever takes all of it down, and the watcher brings it back',
  { needs: ['php'], seconds: 150 },
  async (rig) => {
    const system = systemNamed('worker-daemon')
    const fields = await system.define(rig)
    rig.define(system.name, { ...fields, command: php('worker-daemon.php', rig.path('rpc.sock'), 'once') })
    const watcher = await watch(rig)
    const before = await expectUp(rig, system)
    const worker = processesOf(rig).find(({ parent }) => parent === before)
    if (worker === undefined) throw new Error('it has no workers')
    kill(worker, 'SIGKILL')
    await watcher.hears(system.name, 'started', 2)
    expect(await expectUp(rig, system)).not.toBe(before)
    await expectExit(rig, 0, 'stop', system.name)
    await watcher.end()
    await expectDown(rig, system)
  },
)

scenario(
  'server: it has another name, and is known all the same; its log has its levels',
  { needs: ['php'], seconds: 150 },
  async (rig) => {
    const system = systemNamed('server')
    await define(rig, system)
    await expectExit(rig, 0, 'start', 'server')
    const pid = await expectUp(rig, system)
    expect(rig.read(`/proc/${pid}/cmdline`)).toMatch(/^server\0/)
    await expectExit(rig, 0, 'signal', 'server', 'USR1')
    await rig.until('it has told of it', () => rig.log('server').includes('Signal non géré par la classe Daemon : 10'))
    expect(rig.log('server')).not.toContain('On tourne')
    // Its own script kills whatever a pidfile names: a second one would have taken the first one's place in it.
    await expectExit(rig, 0, 'start', 'server')
    expect(processesOf(rig).map(({ pid }) => pid)).toEqual([pid])
    await expectExit(rig, 0, 'stop', 'server')
    expect(rig.log('server')).toMatch(new RegExp(`Arrêt du processus avec le pid ${pid}\\n$`))
  },
)

scenario(
  '--proc=8 by instances: each with what is its own, restarted one by one',
  { needs: ['php'], seconds: 150 },
  async (rig) => {
    rig.define('worker', {
      ...QUICK,
      command: [
        ...php('app.php', '--nofork', '--proc=1'),
        `--metrics=unix://${rig.path('w%i.sock')}`,
        `--journal=${rig.path('journal')}`,
      ],
      instances: 8,
      environment: { NUMBER: '%i' },
      start: { ready: { unix: rig.path('w%i.sock') } },
      metrics: { unix: rig.path('w%i.sock') },
    })
    const names = Array.from({ length: 8 }, (_, index) => `worker@${index + 1}`)
    await expectExit(rig, 0, 'start', 'worker')
    const before = names.map((name) => rig.pid(name))
    for (const [index, pid] of before.entries()) {
      expect(rig.read(`/proc/${pid}/environ`).split('\0')).toContain(`NUMBER=${index + 1}`)
    }
    expect(rig.read(rig.path('journal'))).toBe('master is up\n'.repeat(8))
    rig.write(rig.path('journal'), '')
    await expectExit(rig, 0, 'restart', 'worker', '--rolling')
    // One goes down when the one before it is up, and never two at once.
    expect(rig.read(rig.path('journal'))).toBe('master goes down\nmaster is up\n'.repeat(8))
    const after = names.map((name) => rig.pid(name))
    expect(after.filter((pid) => before.includes(pid))).toEqual([])
    const { stdout } = await expectExit(rig, 0, 'status', 'worker', '--format', 'prometheus')
    expect(stdout.match(/rps\S* \d+/g)).toHaveLength(8)
    await expectExit(rig, 0, 'scale', 'worker', '3')
    // Each has a child.
    expect(processesOf(rig)).toHaveLength(6)
    await expectExit(rig, 0, 'stop', 'worker')
    expect(processesOf(rig)).toEqual([])
  },
)

interface Conversation {
  /** Says a line, and gives all that has come until there is an answer. */
  asks(line: string): Promise<string>
  /** All that has come, when the other end has hung up. */
  readonly ended: Promise<string>
}

/** Resolves when the server has given the connection a process. */
async function conversation(port: number): Promise<Conversation> {
  const socket: Socket = connect(port, '127.0.0.1')
  let text = ''
  let heard = (): void => {}
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more
    heard()
  })
  const ended = new Promise<string>((resolve) => {
    // A process that is killed resets the connection: that is an end as well.
    socket.on('error', () => {}).once('close', () => resolve(text))
  })
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      heard = () => void (pattern.test(text) && resolve(text))
      heard()
    })
  await Promise.race([line(/^pid \d+\n/), ended])
  return {
    ended,
    asks(words) {
      socket.write(`${words}\n`)
      return Promise.race([line(new RegExp(`echo ${words}\\n`)), ended])
    },
  }
}

/** As an init calls it: with nothing but a path, from /. */
function callScript(script: string, word: string): Promise<number | null> {
  const child = spawn(findInPath('dash') ?? '/bin/dash', [script, word], {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: 'ignore',
    timeout: 60_000,
  })
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', (status) => resolve(status)))
}
