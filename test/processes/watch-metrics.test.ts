import { spawnSync } from 'node:child_process'
import { truncateSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import { HAS_CGROUPS, PERL, findProcess, kill, scenario, type Rig } from './rig.ts'
import { watch } from './watching.ts'

/** What is scraped at a watcher's endpoint, once. */
function scrape(rig: Rig, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath: rig.path('metrics.sock'), path: '/metrics', agent: agent ?? false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode}: ${text}`)),
      )
    }).on('error', reject)
  })
}

const endpoint = (rig: Rig): readonly string[] => ['--metrics', `unix:${rig.path('metrics.sock')}`]

/** Lines of a text by what they are of: `daemonctl_up{name="a"}` is 1. */
const linesOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  )

/** What is the same at whichever moment somebody looks. */
const steady = (text: string): readonly (readonly [string, string])[] =>
  [...linesOf(text)].map(([name, value]) =>
    /_(?:uptime_seconds|memory_bytes|pss_bytes|cpu_seconds)\{/.test(name) ? [name, 'a number'] : [name, value],
  )

/** Asks again and again until it is so; what is scraped is a second old at most. */
async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it never comes about that ${what}`)
    await sleep(200)
  }
}

/** A server that does this to everybody who comes. */
async function serve(welcome: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    welcome(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

scenario('the endpoint tells what status tells, by what the watcher knows', async (rig) => {
  const command = rig.fixture('obedient.pl')
  for (const name of ['a', 'b', 'down', 'failed']) rig.define(name, { command })
  rig.define('crew', { command: rig.fixture('leaves-orphan-workers.pl', 3) })
  rig.define('stray', { command: rig.fixture('escapes-session.pl') })
  await rig.daemonctl(['start', 'down'])
  await rig.daemonctl(['stop', 'down'])
  const watcher = await watch(rig, endpoint(rig))
  const main = findProcess((await rig.status('a')).pid ?? 0)
  if (main === undefined) throw new Error('a does not run')
  kill(main, 'SIGKILL')
  await watcher.hears('a', 'started', 2)
  await rig.daemonctl(['pause', 'failed'])
  const failed = findProcess((await rig.status('failed')).pid ?? 0)
  if (failed === undefined) throw new Error('failed does not run')
  kill(failed, 'SIGKILL')
  await watcher.phase('failed', 'down')
  let seen: readonly [scraped: string, told: string] = ['', '']
  const isSame = (): boolean => JSON.stringify(steady(seen[0])) === JSON.stringify(steady(seen[1]))
  await eventually('both say the same', async () => {
    seen = [await scrape(rig), (await rig.daemonctl(['status', '--all', '--format', 'prometheus'])).stdout]
    return isSame() && seen[0].includes('daemonctl_processes{name="crew"} 4')
  }).catch(() => {})
  expect(steady(seen[0])).toEqual(steady(seen[1]))
  const told = linesOf(seen[0])
  expect(told.get('daemonctl_up{name="a"}')).toBe('1')
  expect(told.get('daemonctl_last_exit_code{name="a"}')).toBe('137')
  expect(told.get('daemonctl_respawns{name="a"}')).toBe('2')
  expect(told.get('daemonctl_up{name="failed"}')).toBe('0')
  expect(told.get('daemonctl_paused{name="failed"}')).toBe('1')
  expect(told.get('daemonctl_wanted{name="down"}')).toBe('0')
  expect(told.get('daemonctl_processes{name="crew"}')).toBe('4')
  if (HAS_CGROUPS) expect(told.get('daemonctl_processes{name="stray"}')).toBe('2')
  expect(Number(told.get('daemonctl_memory_bytes{name="crew"}'))).toBeGreaterThan(
    Number(told.get('daemonctl_pss_bytes{name="crew"}')),
  )
  if (spawnSync('promtool', ['--version']).error === undefined) {
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: seen[0], encoding: 'utf8' })
    expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, '', ''])
  }
  await watcher.end()
})

scenario(
  'however often it is scraped, it looks once in a second, and daemons are started again meanwhile',
  async (rig) => {
    rig.define('d', { command: rig.fixture('obedient.pl'), respawn: { policy: 'always', delay: '1ms', burst: 1000 } })
    rig.define('idle', { command: rig.fixture('obedient.pl') })
    const watcher = await watch(rig, endpoint(rig))
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    onTestFinished(() => agent.destroy())
    const texts = new Set<string>()
    const over = new AbortController()
    let scrapes = 0
    const begun = performance.now()
    const client = async (): Promise<void> => {
      while (!over.signal.aborted) {
        texts.add(await scrape(rig, agent))
        scrapes += 1
      }
    }
    const clients = Promise.all(Array.from({ length: 8 }, client))
    for (let round = 2; round <= 6; round += 1) {
      const main = findProcess((await watcher.told('d')).pid ?? 0)
      if (main === undefined) throw new Error('it does not run')
      kill(main, 'SIGKILL')
      await watcher.hears('d', 'started', round)
      await watcher.phase('d', 'up')
    }
    await rig.until('it was scraped a thousand times', () => scrapes >= 1000)
    over.abort()
    await clients
    expect(texts.size).toBeLessThanOrEqual(Math.ceil((performance.now() - begun) / 1000) + 1)
    expect(watcher.count('d', 'started')).toBe(6)
    await watcher.end()
  },
)

scenario('a daemon that hangs, lies, writes without end or no text keeps nobody else’s figures back', async (rig) => {
  const endless = Buffer.alloc(1 << 16, 'x 1\n')
  const pour = (socket: Socket): void => {
    while (socket.writable && socket.write(endless));
    socket.once('drain', () => pour(socket))
  }
  const big = rig.path('big')
  rig.write(big, '')
  truncateSync(big, 100 << 20)
  spawnSync('mkfifo', [rig.path('pipe')])
  const lies = 'a NaN\nb Infinity\nc 1e999\nd -5\n{"x": 1\n\u001b[31m 3\ne{f="\\"} 4\nconstructor 6\n'
  const sources = {
    hangs: { tcp: await serve(() => {}) },
    pours: { tcp: await serve(pour) },
    'pours-http': {
      http: `http://${await serve((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n')
        pour(socket)
      })}/`,
    },
    'http-fails': {
      http: `http://${await serve((socket) => socket.end('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n'))}/`,
    },
    lies: { tcp: await serve((socket) => socket.end(lies)) },
    bytes: {
      tcp: await serve((socket) => socket.end(Buffer.from('\xff\xfe 1\nok 2\nna\xffme 3\n\0\0\0 4\n', 'latin1'))),
    },
    refuses: { unix: rig.path('nobody.sock') },
    'big-file': { file: big },
    pipe: { file: rig.path('pipe') },
    'hangs-command': { command: [PERL, '-e', 'sleep 3000'] },
    'pours-command': { command: [PERL, '-e', 'while (1) { print "x 1\n" x 1000 }'] },
    well: {
      http: `http://${await serve((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nrequests 12'))}/`,
    },
    'well-too': { command: [PERL, '-e', 'print qq({"queue": {"length": 3}})'] },
  }
  for (const [name, source] of Object.entries(sources)) {
    rig.define(name, { command: rig.fixture('obedient.pl'), metrics: { ...source, timeout: '3s', interval: '100ms' } })
  }
  const watcher = await watch(rig, endpoint(rig))
  const scraped = async (): Promise<ReadonlyMap<string, string>> => linesOf(await scrape(rig))
  const readOf = (lines: ReadonlyMap<string, string>, name: string): string | undefined =>
    lines.get(`daemonctl_figures_read{name="${name}"}`)
  // Who hangs has been given up before, whoever is well is told of all the same.
  await eventually('all have been heard or given up', async () => {
    const lines = await scraped()
    return Object.keys(sources).every((name) => readOf(lines, name) !== undefined)
  })
  const lines = await scraped()
  const read = Object.keys(sources).filter((name) => readOf(lines, name) === '1')
  expect(read.toSorted()).toEqual(['bytes', 'lies', 'well', 'well-too'])
  expect(lines.get('daemonctl_figure{name="well",figure="requests"}')).toBe('12')
  expect(lines.get('daemonctl_figure{name="well-too",figure="queue.length"}')).toBe('3')
  expect(lines.get('daemonctl_figure{name="bytes",figure="ok"}')).toBe('2')
  expect(lines.get('daemonctl_figure{name="lies",figure="d"}')).toBe('-5')
  for (const name of ['a', 'b', 'c']) expect(lines.has(`daemonctl_figure{name="lies",figure="${name}"}`)).toBe(false)
  for (const [name] of lines) expect(name).toMatch(/^\w+\{\w+="(?:[^"\\\n]|\\.)*"(?:,\w+="(?:[^"\\\n]|\\.)*")?\}$/)
  expect(Object.keys(await watcher.phases())).toHaveLength(Object.keys(sources).length)

  // The same of one daemon at the command line, with why.
  const { stdout } = await rig.daemonctl(['status', 'pours', '--json'])
  expect(stdout).toContain('"figures-problem": "it writes more than 1 MiB"')
  const well = await rig.daemonctl(['status', 'well', '--format', 'json'])
  expect(JSON.parse(well.stdout)).toMatchObject({
    version: 1,
    daemons: [{ name: 'well', up: true, values: { processes: 1 }, figures: { requests: 12 }, 'figures-read': true }],
  })
  await watcher.end()
})
