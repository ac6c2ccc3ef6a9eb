// Measures what monitors cost: `npm run bench -- metrics`. CPU time of a watcher for each scrape of many daemons whose
// samples are all taken anew, beside bare Node in the same run; for each scrape that is answered by what is known; when
// nobody asks. And what scrapes, a thousand a second, do to respawns. BENCH_MANY=n, BENCH_ROUNDS=n,
// BENCH_ONLY=scrapes,respawns.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, get } from 'node:http'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildStamp } from './stamp.mjs'
import { nap, quantile, Watched } from './watched.mjs'

/** Asks as often as it can up to so many times a second, over some connections that are kept. */
if (process.argv[2] === 'client') {
  const [socketPath, rate, connections] = [process.argv[3], Number(process.argv[4]), Number(process.argv[5])]
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let answered = 0
  const begun = Date.now()
  const ask = () =>
    new Promise((resolve) => {
      get({ socketPath, path: '/metrics', agent }, (response) => {
        response.resume().on('end', () => {
          answered += 1
          resolve()
        })
      }).on('error', resolve)
    })
  const client = async () => {
    for (;;) {
      const ahead = (answered / rate) * 1000 - (Date.now() - begun)
      if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead))
      await ask()
    }
  }
  process.on('SIGTERM', () => {
    console.log(JSON.stringify({ answered, took: Date.now() - begun }))
    process.exit(0)
  })
  process.stdout.write('ready\n')
  await Promise.all(Array.from({ length: connections }, client))
}

/** Answers with a text, and does nothing else. */
if (process.argv[2] === 'server') {
  const body = readFileSync(process.argv[4])
  createServer((_, response) => response.end(body)).listen(process.argv[3], () => process.stdout.write('ready\n'))
  await once(process, 'SIGTERM')
  process.exit(0)
}

const here = fileURLToPath(import.meta.url)
/** Samples are taken anew when they are so old: docs/monitoring.md. */
const FRESH = 1_000
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20)
const many = Number(process.env['BENCH_MANY'] ?? 1000)
const only = (process.env['BENCH_ONLY'] ?? 'scrapes,respawns').split(',')
const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'daemonctl-bench-'))
const environment = { ...process.env }
delete environment['NODE_EXTRA_CA_CERTS']
const median = (values) => quantile(values, 0.5)

const stamp = buildStamp(scratch)
if (stamp === undefined) {
  console.error('no C compiler: nothing is measured')
  rmSync(scratch, { recursive: true, force: true })
  process.exit(1)
}

class Place extends Watched {
  constructor(count) {
    super(join(scratch, `of-${count}`), count, stamp)
    this.socket = join(this.directory, 'metrics.sock')
  }

  watch() {
    return super.watch({ flags: ['--metrics', `unix:${this.socket}`] })
  }

  async leave() {
    await super.leave()
    this.stopAll()
  }

  cpu() {
    return this.usage().cpu
  }

  memory() {
    return this.usage().rss
  }

  scrape() {
    return new Promise((resolve, reject) => {
      get({ socketPath: this.socket, path: '/metrics', agent: false }, (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks).toString()))
      }).on('error', reject)
    })
  }

  /** The median CPU time that one scrape costs, so many milliseconds after the one before. */
  async cost(pause) {
    const costs = []
    for (let round = 0; round < rounds; round += 1) {
      await nap(pause)
      const before = this.cpu()
      await this.scrape()
      // V8 goes on in threads of its own.
      await nap(50)
      costs.push(this.cpu() - before)
    }
    return costs
  }

  /** Milliseconds from a SIGKILL to the first act of the successor, by the median and the worst of twenty. */
  async respawns() {
    const times = []
    for (let round = 0; round < rounds / 2; round += 1) {
      await nap(150)
      times.push(await this.kill(round % Math.min(this.count, 10)))
    }
    return times
  }
}

const rows = []
const row = (what, value, bound = '', ok = true) =>
  rows.push([what, value, bound, bound === '' ? '' : ok ? 'ok' : 'MISSED'])

let place

/** CPU time of bare Node in milliseconds: what the shell's children took, by times(1p), of twenty. */
function nodeCpu() {
  const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "$1" -e 0; done; times'
  const run = spawnSync('/bin/bash', ['-c', script, 'bash', process.execPath], { env: environment, encoding: 'utf8' })
  const [user = '', system = ''] = run.stdout.trim().split('\n').at(-1).split(' ')
  const seconds = (text) => {
    const [, minutes, rest] = /(\d+)m([\d.]+)s/.exec(text)
    return Number(minutes) * 60 + Number(rest)
  }
  return ((seconds(user) + seconds(system)) * 1000) / 20
}

async function scrapes() {
  const bare = nodeCpu()
  place = new Place(many)
  await place.watch()
  await nap(15_000)
  const before = place.cpu()
  await nap(20_000)
  const idle = (place.cpu() - before) / 200
  row(`idle CPU with ${many}, nobody scrapes`, `${idle.toFixed(3)} %`, '<= 0.05 %', idle <= 0.05)
  const cold = place.cpu()
  const text = await place.scrape()
  row(`the very first scrape of ${many}`, `${(place.cpu() - cold).toFixed(0)} ms of CPU`)
  // What the compiler of V8 makes of it is not what each scrape costs.
  for (let round = 0; round < 5; round += 1) {
    await nap(FRESH + 100)
    await place.scrape()
  }
  const first = await place.cost(FRESH + 100)
  const fresh = median(first)
  row(
    `a scrape of ${many}, all sampled anew`,
    `${fresh.toFixed(0)} ms of CPU (${quantile(first, 0).toFixed(0)} to ${quantile(first, 1).toFixed(0)}, on average ${(first.reduce((sum, ms) => sum + ms, 0) / first.length).toFixed(0)}), ${(fresh / bare).toFixed(2)} x node (${bare.toFixed(0)} ms), ${(text.length / 1024).toFixed(0)} KiB`,
    '<= 100 ms',
    fresh <= 100,
  )
  row(
    `a scrape of ${many}, answered by what is known`,
    `${median(await place.cost(20)).toFixed(1)} ms of CPU, the sampling once a second among them`,
  )
  const memory = place.memory()
  row(`memory with ${many}, right after scrapes`, `${memory.toFixed(1)} MiB`)
  // Not more often than once in a minute it gives back what it does not need.
  await nap(70_000)
  row(`memory with ${many}, later`, `${place.memory().toFixed(1)} MiB`, '<= 60 MiB', place.memory() <= 60)
  await place.leave()
}

/** A client of a thousand scrapes a second at work. */
class Client {
  constructor(socket) {
    this.process = spawn(process.execPath, [here, 'client', socket, '1000', '8'], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }

  /** How many answers it got a second. */
  async end() {
    this.process.kill('SIGTERM')
    let told = ''
    for await (const chunk of this.process.stdout) told += chunk
    const { answered, took } = JSON.parse(told.slice('ready\n'.length))
    return (answered / took) * 1000
  }
}

/** In turn, so that what slows one slows all: with nobody, with a client of the watcher, with one of another server. */
async function respawns(count) {
  place = new Place(count)
  await place.watch()
  await nap(500)
  const text = join(place.directory, 'text')
  writeFileSync(text, await place.scrape())
  const other = join(place.directory, 'other.sock')
  const server = spawn(process.execPath, [here, 'server', other, text], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(server.stdout, 'data')
  const times = { nobody: [], watcher: [], other: [] }
  const rates = { watcher: [], other: [] }
  let [spent, span] = [0, 0]
  for (let turn = 0; turn < 4; turn += 1) {
    times.nobody.push(...(await place.respawns()))
    for (const [whom, socket] of [
      ['watcher', place.socket],
      ['other', other],
    ]) {
      const client = new Client(socket)
      await nap(500)
      const [cpu, begun] = [place.cpu(), Date.now()]
      times[whom].push(...(await place.respawns()))
      if (whom === 'watcher') {
        spent += place.cpu() - cpu
        span += Date.now() - begun
      }
      rates[whom].push(await client.end())
    }
  }
  server.kill('SIGTERM')
  const show = (of) => `${median(of).toFixed(1)}, ${quantile(of, 0.95).toFixed(1)} ms`
  const what = (whom) => `respawn with ${count}, ${whom}: p50, p95`
  row(what('nobody scrapes'), show(times.nobody))
  row(what(`${median(rates.other).toFixed(0)} requests a second at another server`), show(times.other))
  row(
    what(`${median(rates.watcher).toFixed(0)} scrapes a second`),
    `${show(times.watcher)}; the watcher takes ${((spent / span) * 100).toFixed(0)} % of a processor`,
  )
  await place.leave()
}

try {
  if (only.includes('scrapes')) await scrapes()
  if (only.includes('respawns'))
    for (const count of (process.env['BENCH_COUNTS'] ?? '10,100').split(',').map(Number)) await respawns(count)
  place = undefined
} finally {
  if (place !== undefined) await place.leave()
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? ''}, load ${loadavg()[0].toFixed(1)}`)
const widths = [0, 1, 2].map((column) => Math.max(...rows.map((each) => each[column].length)))
for (const each of rows) {
  const line = each.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')
  console.log(line.trimEnd())
}
process.exitCode = rows.some((each) => each[3] === 'MISSED') ? 1 : 0
