// Measures what daemonctl promises: `npm run bench -- bounds`. Every figure is taken beside bare Node in the same run, in turn, so
// that the ratios hold on a machine that is busy with other things; the milliseconds do not.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keep } from './figures.mjs'

const cli = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'daemonctl-bench-')))
/** As /run is: in memory. */
const runtime = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'daemonctl-bench-'))
const rounds = Number(process.env.BENCH_ROUNDS ?? 15)
const environment = {
  ...process.env,
  DAEMONCTL_CONFIG_DIR: join(scratch, 'config'),
  DAEMONCTL_RUNTIME_DIR: runtime,
  DAEMONCTL_STATE_DIR: join(scratch, 'state'),
  DAEMONCTL_LOG_DIR: join(scratch, 'log'),
}
delete environment.NODE_EXTRA_CA_CERTS
const many = join(scratch, 'many')
const one = join(scratch, 'one')

/** Runs Node on `args` once: wall time in ms, and the largest resident size in MiB. */
function once(args, directory = one, extra = {}) {
  const begin = process.hrtime.bigint()
  const child = spawnSync('/usr/bin/env', ['-C', directory, process.execPath, ...args], {
    env: { ...environment, ...extra },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  const end = process.hrtime.bigint()
  return { ms: Number(end - begin) / 1e6, begin, end, status: child.status, stderr: child.stderr }
}

/** The ratio of each round, so that what slows one round slows both sides of it. */
const ratio = (times, base) => median(times.map((ms, round) => ms / base[round]))

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Interleaves the cases, so that a slow moment slows all of them. `before` prepares a case and is not timed. */
function race(cases) {
  const times = new Map(cases.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, args, directory, before, expect, extra } of cases) {
      before?.()
      const { ms, status, stderr } = once(args, directory, extra?.())
      if (status !== (expect ?? 0)) throw new Error(`${name} gave ${status}: ${stderr}`)
      times.get(name).push(ms)
    }
  }
  return times
}

function peakMemory(args, directory = one) {
  const script = `import resource,subprocess,sys
subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)`
  const run = spawnSync('python3', ['-c', script, process.execPath, ...args], {
    cwd: directory,
    env: environment,
    encoding: 'utf8',
  })
  return Number(run.stdout) / 1024
}

/** How long after the daemon's last act `stop` returns. The daemon stamps the monotonic clock, which is one for all. */
function stopReturns() {
  const late = []
  for (let round = 0; round < rounds; round += 1) {
    once([cli, 'start', 'stamper'])
    const { end } = once([cli, 'stop', 'stamper'])
    late.push(Number(end - BigInt(readFileSync(join(scratch, 'stamp'), 'utf8'))) / 1e6)
  }
  return late
}

/** From the call of `start` to the first act of the daemon, which stamps the same clock. Beside bare Node, in turn. */
function firstInstructions() {
  const over = []
  for (let round = 0; round < rounds; round += 1) {
    const bare = once(['-e', '0'])
    const { begin } = once([cli, 'start', 'early'])
    const stamped = BigInt(readFileSync(join(scratch, 'early-stamp'), 'utf8').trim())
    once([cli, 'stop', 'early'])
    over.push(Number(stamped - begin) / 1e6 - bare.ms)
  }
  return over
}

/** A program that stamps the clock as its first act: no polling is needed to know when it ran. */
const EARLY = `#include <stdio.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  FILE *file = fopen(argv[1], "w");
  fprintf(file, "%lld", now.tv_sec * 1000000000LL + now.tv_nsec);
  fclose(file);
  for (;;) pause();
}`

function hasEarly() {
  const built = spawnSync('cc', ['-O2', '-x', 'c', '-', '-o', join(scratch, 'early')], { input: EARLY })
  return built.status === 0
}

function prepare() {
  for (const directory of [one, many]) mkdirSync(directory, { recursive: true })
  const stamper = join(scratch, 'stamper.cjs')
  writeFileSync(
    stamper,
    `const fs = require('node:fs')
process.on('SIGTERM', () => { fs.writeFileSync(${JSON.stringify(join(scratch, 'stamp'))}, String(process.hrtime.bigint())); process.kill(process.pid, 'SIGKILL') })
process.on('SIGHUP', () => {})
setInterval(() => {}, 1 << 30)`,
  )
  writeFileSync(
    join(one, 'daemonctl.toml'),
    `[daemons.sleeper]\ncommand = ["/bin/sleep", "100000"]\n
[daemons.stamper]\ncommand = [${JSON.stringify(process.execPath)}, ${JSON.stringify(stamper)}]\n
[daemons.early]\ncommand = [${JSON.stringify(join(scratch, 'early'))}, ${JSON.stringify(join(scratch, 'early-stamp'))}]\n`,
  )
  const tables = Array.from({ length: 1000 }, (_, index) => `[daemons.d${index}]\ncommand = ["/bin/sleep", "100000"]\n`)
  writeFileSync(join(many, 'daemonctl.toml'), tables.join('\n'))
}

let caches = 0
/** Compiled code and parsed definitions are kept: a place where there are none yet. */
function emptyCache() {
  caches += 1
  return { DAEMONCTL_CACHE_DIR: join(scratch, 'caches', String(caches)) }
}

prepare()
const rows = []
const row = (what, value, bound, ok) => rows.push({ what, value, bound, ok })
try {
  const start = () => once([cli, 'start', 'sleeper'])
  const stop = () => once([cli, 'stop', 'sleeper'])
  start()
  once([cli, 'start', 'stamper'])
  const verbs = race([
    { name: 'node', args: ['-e', '0'] },
    { name: 'load', args: [cli, '--version'] },
    { name: 'help', args: [cli, '--help'] },
    { name: 'first run', args: [cli, 'status', 'sleeper'], extra: emptyCache },
    { name: 'status', args: [cli, 'status', 'sleeper'] },
    { name: 'start (it runs)', args: [cli, 'start', 'sleeper'] },
    { name: 'reload', args: [cli, 'reload', 'stamper'] },
    { name: 'stop', args: [cli, 'stop', 'sleeper'], before: start },
    { name: 'start', args: [cli, 'start', 'sleeper'], before: stop },
    { name: 'gen-systemd', args: [cli, 'gen-systemd', 'sleeper'] },
    { name: 'gen-sysvinit', args: [cli, 'gen-sysvinit', 'sleeper'] },
  ])
  const node = median(verbs.get('node'))
  const load = median(verbs.get('load'))
  row('bare node', `${node.toFixed(1)} ms`, '', true)
  row('load of the CLI (--version)', `${load.toFixed(1)} ms, ${(load / node).toFixed(2)} x node`, '', true)
  for (const [name, args, most] of [
    ['status', 'status NAME', 1.6],
    ['help', '--help', 1.7],
    ['first run', 'status NAME, nothing kept from runs before', 3],
  ]) {
    const times = ratio(verbs.get(name), verbs.get('node'))
    row(args, `${times.toFixed(2)} x node`, `<= ${most} x`, times <= most)
  }
  for (const [name, times] of verbs) {
    if (['node', 'load', 'help', 'first run'].includes(name)) continue
    const over = median(times) - load
    // A start settles for 100 ms and a reload looks for 100 ms whether the main PID changes: those are waits, not work.
    const waits = name === 'start' || name === 'reload' ? 100 : 0
    const most = name.startsWith('gen-') ? 20 : 15
    const text = `${over.toFixed(1)} ms${waits > 0 ? ` (${waits} of them waited by design)` : ''}`
    row(`${name}: over the load`, text, `<= ${most} ms`, over - waits <= most)
  }
  stop()
  const late = stopReturns()
  row(
    'stop returns after the last process is gone',
    `${median(late).toFixed(1)} ms (max ${Math.max(...late).toFixed(1)})`,
    '<= 10 ms',
    median(late) <= 10,
  )
  const stops = median(verbs.get('stop')) - node
  row('stop: over bare node', `${stops.toFixed(1)} ms`, '<= 8 ms', stops <= 8)
  if (hasEarly()) {
    const first = median(firstInstructions())
    row("start: to the daemon's first act, over bare node", `${first.toFixed(1)} ms`, '<= 12 ms', first <= 12)
  } else console.log("no C compiler: the time to the daemon's first act is not measured")
  const begin = performance.now()
  const started = once([cli, 'start', '--all', '--quiet'], many)
  row(
    'start --all of 1,000',
    `${((performance.now() - begin) / 1000).toFixed(1)} s, status ${started.status}`,
    '',
    started.status === 0,
  )
  const all = race([
    { name: 'node', args: ['-e', '0'], directory: many },
    { name: 'load', args: [cli, '--version'], directory: many },
    { name: 'all', args: [cli, 'status', '--all'], directory: many },
  ])
  const overAll = median(all.get('all')) - median(all.get('load'))
  row('status --all of 1,000: over the load', `${overAll.toFixed(1)} ms`, '<= 60 ms', overAll <= 60)
  const overNode = median(all.get('all')) - median(all.get('node'))
  row('status --all of 1,000: over bare node', `${overNode.toFixed(1)} ms`, '<= 30 ms', overNode <= 30)
  for (const [name, args, directory] of [
    ['status', [cli, 'status', 'sleeper'], one],
    ['status --all of 1,000', [cli, 'status', '--all'], many],
    ['stop --all of 1,000', [cli, 'stop', '--all', '--quiet'], many],
    ['start', [cli, 'start', 'sleeper'], one],
    ['restart', [cli, 'restart', 'sleeper'], one],
  ]) {
    const peak = peakMemory(args, directory)
    row(`memory of ${name}`, `${peak.toFixed(1)} MiB`, '<= 90 MiB', peak <= 90)
  }
} finally {
  once([cli, 'stop', '--all', '--quiet'])
  once([cli, 'stop', '--all', '--quiet'], many)
  rmSync(scratch, { recursive: true, force: true })
  rmSync(runtime, { recursive: true, force: true })
}

console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0].toFixed(1)}, ${rounds} rounds, medians`,
)
const width = (key) => Math.max(...rows.map((each) => each[key].length))
for (const { what, value, bound, ok } of rows) {
  console.log(
    `${what.padEnd(width('what'))}  ${value.padEnd(width('value'))}  ${bound.padEnd(width('bound'))}  ${bound === '' ? '' : ok ? 'ok' : 'MISSED'}`.trimEnd(),
  )
}
if (process.argv.includes('--json')) keep('bounds', rows)
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1
