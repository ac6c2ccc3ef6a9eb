// Measures the watcher: from a kill -9 to the first act of what is started again, for a child and for an adopted
// daemon; storms; memory; idle CPU. A C program stamps the monotonic clock as its first act, so that nothing depends
// on polling. `npm run bench:watch`; BENCH_ROUNDS=n says how often, BENCH_MANY=n how many daemons there are at most.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildLeast } from './least.mjs'
import { buildStamp } from './stamp.mjs'
import { nap, quantile, Watched } from './watched.mjs'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20)
const many = Number(process.env['BENCH_MANY'] ?? 1000)
// What a runtime directory is on: memory.
const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'daemonctl-bench-'))

const stamp = buildStamp(scratch)
const least = buildLeast(scratch)
if (stamp === undefined || least === undefined) {
  console.error('no C compiler: nothing is measured')
  rmSync(scratch, { recursive: true, force: true })
  process.exit(1)
}

class Place extends Watched {
  constructor(name, count) {
    super(join(scratch, name), count, stamp)
  }

  /** Kills all at once; milliseconds until the last successor's first act. */
  async storm() {
    const before = this.all()
    const at = process.hrtime.bigint()
    for (const { pid } of before) process.kill(pid, 'SIGKILL')
    for (;;) {
      const after = this.all()
      if (after.every((one, index) => one.pid !== before[index].pid)) {
        return Number(after.reduce((latest, one) => (one.at > latest ? one.at : latest), 0n) - at) / 1e6
      }
      await nap(10)
    }
  }
}

/** What the kernel takes: a C program that does nothing else. */
class Least extends Place {
  constructor(how, count) {
    super(`${how}-${count}`, count)
    this.how = how
  }

  async watch() {
    const records = join(this.directory, 'records')
    mkdirSync(records)
    await this.begin(least, [this.how, String(this.count), stamp, join(this.directory, 'stamps'), records])
    while (this.all().some((one) => one === undefined)) await nap(10)
  }

  /** It ends its children with itself. */
  stopAll() {}
}

const rows = []
const row = (what, value, bound, ok) => rows.push([what, value, bound, bound === '' ? '' : ok ? 'ok' : 'MISSED'])

/** Of as many programs that a shell starts in the background: milliseconds to the last one's first act. */
async function rawLoop(count) {
  const directory = join(scratch, `raw-${count}`)
  mkdirSync(directory)
  const file = (index) => join(directory, String(index))
  const begin = process.hrtime.bigint()
  spawnSync('sh', [
    '-c',
    'i=0; while [ $i -lt "$1" ]; do "$2" "$3/$i" </dev/null >/dev/null 2>&1 & i=$((i + 1)); done',
    'sh',
    String(count),
    stamp,
    directory,
  ])
  for (;;) {
    const made = Array.from({ length: count }, (_, index) =>
      existsSync(file(index)) ? readFileSync(file(index), 'utf8').trim() : '',
    )
    if (made.every((line) => line !== '')) {
      const stamps = made.map((line) => line.split(' '))
      for (const [pid] of stamps) process.kill(Number(pid), 'SIGKILL')
      return Math.max(...stamps.map(([, at]) => Number(BigInt(at) - begin) / 1e6))
    }
    await nap(10)
  }
}

async function latency(place, name, { pause = 300, most = [3, 6] } = {}) {
  const times = []
  for (let round = 0; round < rounds; round += 1) {
    await nap(pause)
    times.push(await place.kill(0))
  }
  const [median, high] = [quantile(times, 0.5), quantile(times, 0.95)]
  if (most.length === 0) return row(`respawn, ${name}: p50, p95`, `${median.toFixed(1)}, ${high.toFixed(1)} ms`, '')
  row(`respawn, ${name}: p50`, `${median.toFixed(1)} ms`, `<= ${most[0]} ms`, median <= most[0])
  if (most[1] !== undefined) row(`respawn, ${name}: p95`, `${high.toFixed(1)} ms`, `<= ${most[1]} ms`, high <= most[1])
}

const HOWS = ['direct', 'gated']
const NAMES = { direct: 'by the least in C', gated: 'by the least in C with a gate' }
const places = []
const place = (name, count) => {
  const made = new Place(name, count)
  places.push(made)
  return made
}
try {
  const one = place('one', 1)
  await one.watch()
  await latency(one, 'child')
  // A start has succeeded when its daemon was quiet for 100 ms.
  await latency(one, 'killed right after a good start', { pause: 170, most: [4] })
  await one.leave()
  await one.watch()
  await latency(one, 'adopted')
  await one.leave()
  for (const how of HOWS) {
    const bare = new Least(how, 1)
    places.push(bare)
    await bare.watch()
    await latency(bare, NAMES[how], { most: [] })
    await bare.leave()
  }
  for (const [count, most] of [
    [100, 150],
    [many, 1300],
  ]) {
    const some = place(`of-${count}`, count)
    const raw = await rawLoop(count)
    const up = await some.watch()
    const first = some.all().reduce((earliest, one) => (one.at < earliest ? one.at : earliest), 2n ** 62n)
    const last = some.all().reduce((latest, one) => (one.at > latest ? one.at : latest), 0n)
    const ratio = Number(last - some.begun) / 1e6 / raw
    row(
      `start of ${count}: all up`,
      `${Math.round(Number(last - some.begun) / 1e6)} ms, ${ratio.toFixed(2)} x a shell's loop (${Math.round(raw)} ms); the watcher ready after ${Math.round(up)} ms, the first up after ${Math.round(Number(first - some.begun) / 1e6)} ms`,
      '<= 1.5 x',
      ratio <= 1.5,
    )
    await nap(1500)
    const storm = await some.storm()
    row(`${count} killed at once: all back`, `${Math.round(storm)} ms`, `<= ${most} ms`, storm <= most)
    for (const how of HOWS) {
      const bare = new Least(how, count)
      places.push(bare)
      await bare.watch()
      const up = bare.all().reduce((latest, one) => (one.at > latest ? one.at : latest), 0n)
      row(`start of ${count}, ${NAMES[how]}`, `${Math.round(Number(up - bare.begun) / 1e6)} ms`, '')
      await nap(500)
      row(`${count} killed at once, ${NAMES[how]}`, `${Math.round(await bare.storm())} ms`, '')
      await bare.leave()
    }
    // Some seconds after the last event it gives back what memory it can, and V8 collects garbage once more.
    await nap(30_000)
    const before = some.usage()
    await nap(20_000)
    const after = some.usage()
    const idle = (after.cpu - before.cpu) / 200
    row(`idle CPU with ${count}`, `${idle.toFixed(3)} %`, '<= 0.05 %', idle <= 0.05)
    row(`memory with ${count}`, `${after.rss.toFixed(1)} MiB`, '<= 60 MiB', after.rss <= 60)
    await some.leave()
  }
} finally {
  for (const one of places) {
    one.watcher?.kill('SIGTERM')
    one.stopAll()
  }
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? ''}, load ${loadavg()[0].toFixed(1)}`)
const widths = [0, 1, 2].map((column) => Math.max(...rows.map((each) => each[column].length)))
for (const each of rows)
  console.log(
    each
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
process.exitCode = rows.some((each) => each[3] === 'MISSED') ? 1 : 0
