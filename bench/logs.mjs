// Measures logs: `npm run bench -- logs`. Direct mode with rotation beside a file, capture beside cat, both beside
// s6-log, supervisord and pm2 with pm2-logrotate where they are found, all in one run and in turn; every line bears a
// number, and what came out is counted. Then the last lines of a log of 5 GiB, and what a daemon that writes as fast
// as it can does to respawns and to the control socket. BENCH_ROUNDS=n, BENCH_LINES=n, BENCH_PEERS=DIR (a directory
// with node_modules/.bin), BENCH_ONLY=direct,capture,reading,watcher.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createConnection } from 'node:net'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'daemonctl-bench-')))
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5)
const lines = Number(process.env['BENCH_LINES'] ?? 3_000_000)
const only = (process.env['BENCH_ONLY'] ?? 'direct,capture,reading,watcher').split(',')
const LENGTH = 100
const environment = { ...process.env }
delete environment['NODE_EXTRA_CA_CERTS']
const nap = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
const say = (text) => console.error(text)

/**
 * WRITER LINES BYTES-PER-WRITE STAMP WHAT-THEN LINES-AT-A-TIME PAUSE: numbered lines of 100 bytes, all at once or with pauses in ms between
 * so many of them. The file says when it began and ended, how many ns of that were pauses, and its CPU time in us.
 */
const WRITER = `#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <signal.h>
static long long now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}
int main(int argc, char **argv) {
  long lines = atol(argv[1]), bytes = atol(argv[2]), length = 0, written_until = 0;
  long burst = argc > 5 ? atol(argv[5]) : 0, pause_ms = argc > 6 ? atol(argv[6]) : 0;
  char *block = malloc(bytes + 200);
  long long begin = now(), paused = 0;
  for (long number = 0; number < lines; number++) {
    char *line = block + length;
    long rest = number;
    memset(line, 'x', ${LENGTH - 1});
    for (int digit = 8; digit >= 0; digit--) { line[digit] = '0' + rest % 10; rest /= 10; }
    line[9] = ' ';
    line[${LENGTH - 1}] = '\\n';
    length += ${LENGTH};
    if (length + ${LENGTH} <= bytes && number + 1 < lines) continue;
    for (char *at = block; length > 0;) {
      ssize_t written = write(1, at, length);
      if (written <= 0) return 1;
      at += written; length -= written;
    }
    if (burst && number / burst != written_until / burst) {
      long long since = now();
      struct timespec span = { pause_ms / 1000, pause_ms % 1000 * 1000000 };
      nanosleep(&span, 0);
      paused += now() - since;
    }
    written_until = number;
  }
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  long long cpu = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
  char text[128];
  int size = snprintf(text, 128, "%lld %lld %lld %lld\\n", begin, now(), paused, cpu);
  char other[4096];
  snprintf(other, 4096, "%s.new", argv[3]);
  int file = open(other, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (write(file, text, size) != size) return 1;
  close(file);
  rename(other, argv[3]);
  if (argc > 4 && !strcmp(argv[4], "stay")) for (;;) pause();
  return 0;
}`

/** What comes in on standard input: "LOST DOUBLED MALFORMED LINES". */
const COUNTER = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
  long most = atol(argv[1]), lost = 0, doubled = 0, malformed = 0, all = 0;
  unsigned char *seen = calloc(most, 1);
  char *line = 0; size_t room = 0; ssize_t length;
  setvbuf(stdin, 0, _IOFBF, 1 << 20);
  while ((length = getline(&line, &room, stdin)) > 0) {
    all++;
    int good = length == ${LENGTH} && line[9] == ' ' && line[length - 1] == '\\n';
    for (int at = 0; good && at < 9; at++) good = line[at] >= '0' && line[at] <= '9';
    for (int at = 10; good && at < ${LENGTH - 1}; at++) good = line[at] == 'x';
    if (!good) { malformed++; continue; }
    long number = atol(line);
    if (number >= most) malformed++;
    else if (seen[number]++) doubled++;
  }
  for (long number = 0; number < most; number++) if (!seen[number]) lost++;
  printf("%ld %ld %ld %ld\\n", lost, doubled, malformed, all);
}`

function compile(name, source) {
  const program = join(scratch, name)
  const { status } = spawnSync('cc', ['-O2', '-x', 'c', '-', '-o', program], { input: source })
  if (status === 0) return program
  console.error('no C compiler: nothing is measured')
  rmSync(scratch, { recursive: true, force: true })
  process.exit(1)
}

const writer = compile('writer', WRITER)
const counter = compile('counter', COUNTER)
const rows = []
const row = (what, value, bound = '', ok = true) => {
  rows.push([what, value, bound, bound === '' ? '' : ok ? 'ok' : 'MISSED'])
  say(`${what}: ${value}`)
}

/** Of a finished writer: how long it wrote and its CPU time, in ms. */
const spanOf = (stamp) => {
  const [begin, end, paused, cpu] = readFileSync(stamp, 'utf8').trim().split(' ').map(BigInt)
  return { begin, ms: Number(end - begin - paused) / 1e6, cpu: Number(cpu) / 1e3 }
}

async function until(isSo, seconds = 600) {
  const deadline = performance.now() + seconds * 1000
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not so after ${seconds} s: ${isSo}`)
    await nap(1)
  }
}

/** "0 lost", or what is wrong with the files put together. */
function faults(files, count) {
  const shell = 'for f; do case $f in *.gz) zcat "$f";; *.zst) zstd -dcq "$f";; *) cat "$f";; esac; done'
  const { stdout } = spawnSync('sh', ['-c', `(${shell}) | ${counter} ${count}`, 'sh', ...files], { encoding: 'utf8' })
  const [lost, doubled, malformed] = stdout.trim().split(' ').map(Number)
  return { lost, doubled, malformed }
}

const inOrder = (directory, pattern) =>
  readdirSync(directory)
    .filter((name) => pattern.test(name))
    .toSorted()
    .map((name) => join(directory, name))

/** A place with daemonctl pointed at it. */
class Place {
  constructor(name, definitions) {
    this.directory = mkdtempSync(join(scratch, `${name}-`))
    this.environment = { ...environment, DAEMONCTL_CACHE_DIR: join(scratch, 'cache') }
    for (const kind of ['CONFIG', 'RUNTIME', 'STATE', 'LOG']) {
      this.environment[`DAEMONCTL_${kind}_DIR`] = join(this.directory, kind.toLowerCase())
    }
    mkdirSync(join(this.directory, 'log'))
    writeFileSync(join(this.directory, 'daemonctl.toml'), definitions(this.directory))
  }

  run(...words) {
    return spawnSync(process.execPath, [cli, ...words], {
      cwd: this.directory,
      env: this.environment,
      encoding: 'utf8',
    })
  }

  async begin(...words) {
    const child = spawn(process.execPath, [cli, ...words], {
      cwd: this.directory,
      env: this.environment,
      stdio: 'ignore',
    })
    await once(child, 'exit')
  }

  async watch() {
    this.watcher = spawn(process.execPath, [cli, 'watch', '--quiet', '--ready-fd', '3'], {
      cwd: this.directory,
      env: this.environment,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    await once(this.watcher.stdio[3], 'data')
  }

  async leave() {
    const { watcher } = this
    this.watcher = undefined
    if (watcher !== undefined) {
      watcher.kill('SIGTERM')
      await once(watcher, 'exit')
    }
    this.run('stop', '--all', '--quiet')
    // Readers of captured output read to the end, and may be rotating just then.
    await until(() => running('capture', this.directory).length === 0)
  }

  files() {
    return [...inOrder(join(this.directory, 'log'), /^d\.log\.2/), join(this.directory, 'log', 'd.log')]
  }
}

const toml = (words) => JSON.stringify(words.map(String))
const remove = (directory) => rmSync(directory, { recursive: true, force: true })

/** What a program and its children have used so far; VmHWM is its largest resident size in KiB. */
function usage(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss: peak / 1024 }
}

/** The processes of a place whose command line holds a word and whose program is not a shell. */
function running(word, directory) {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(directory)
      return isOurs && line.includes(word) && !/^(\S*\/)?sh\0/.test(line)
    } catch {
      return false
    }
  })
}

// ── direct mode ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Long enough for several rotations. At 64 KiB a write that is more than any disk takes, so it is not all the time. */
const DIRECT = [
  { name: 'one line a write', count: lines * 3, bytes: 1, pauses: [] },
  { name: '64 KiB a write', count: lines * 6, bytes: 65_536, pauses: [lines / 3, 300] },
]
/** As cron would, but often. */
const ROTATE_EVERY = 1_500

async function directFile({ count, bytes, pauses }) {
  const directory = mkdtempSync(join(scratch, 'file-'))
  const [log, stamp] = [join(directory, 'log'), join(directory, 'stamp')]
  const fd = openSync(log, 'a')
  const child = spawn(writer, [count, bytes, stamp, 'go', ...pauses].map(String), { stdio: ['ignore', fd, 'inherit'] })
  closeSync(fd)
  await once(child, 'exit')
  const span = spanOf(stamp)
  remove(directory)
  return span
}

async function directRotated({ count, bytes, pauses }) {
  const place = new Place('direct', (directory) => {
    const command = toml([writer, count, bytes, join(directory, 'stamp'), 'stay', ...pauses])
    return `[daemons.d]\ncommand = ${command}\nlog = { max-size = "64 MiB", keep = 10000, compress = "none" }\n`
  })
  try {
    await place.watch()
    const stamp = join(place.directory, 'stamp')
    for (let at = performance.now(); !existsSync(stamp); await nap(5)) {
      if (performance.now() - at < ROTATE_EVERY) continue
      at = performance.now()
      await place.begin('rotate', 'd', '--quiet')
    }
    const span = spanOf(stamp)
    await place.leave()
    const files = place.files()
    return { ...span, rotations: files.length - 1, faults: faults(files, count) }
  } finally {
    await place.leave().catch(() => {})
    remove(place.directory)
  }
}

/** Each round: a file, the log, a file. What two files differ in is what the machine makes of it. */
async function direct() {
  for (const mode of DIRECT) {
    const all = []
    const seen = { rotations: 0, lost: 0, doubled: 0, malformed: 0 }
    for (let round = 0; round < rounds; round += 1) {
      spawnSync('sync')
      const before = await directFile(mode)
      spawnSync('sync')
      const rotated = await directRotated(mode)
      spawnSync('sync')
      const after = await directFile(mode)
      const ratio = (key) => (before[key] + after[key]) / 2 / rotated[key]
      all.push({ time: ratio('ms'), cpu: ratio('cpu'), none: before.ms / after.ms, rotated, file: before })
      seen.rotations += rotated.rotations
      for (const key of ['lost', 'doubled', 'malformed']) seen[key] += rotated.faults[key]
      const rates = [before, rotated, after].map(({ ms }) => (mode.count / ms).toFixed(0))
      say(`  ${mode.name}: ${rates.join(', ')} klines/s, ${rotated.rotations} rotations`)
    }
    const middle = (key) => median(all.map((one) => one[key])).toFixed(2)
    const rate = (key) => Math.round(median(all.map((one) => mode.count / one[key].ms)))
    const spread = all.map(({ none }) => none).toSorted((a, b) => a - b)
    row(
      `direct with rotation / file, ${mode.name}`,
      `${middle('time')}; by the writer's CPU time ${middle('cpu')}; file / file ${middle('none')} (${spread[0]?.toFixed(2)} to ${spread.at(-1)?.toFixed(2)}); ${rate('rotated')} / ${rate('file')} klines/s; ${seen.rotations} rotations of ${rounds} x ${mode.count / 1e6} M lines; ${told(seen)}`,
      '>= 0.98',
      Number(middle('time')) >= 0.98,
    )
  }
}

const told = ({ lost, doubled, malformed }) => `${lost} lost, ${doubled} doubled, ${malformed} malformed`

// ── capture ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Milliseconds from the first write until so many bytes are in the log. */
async function arrival(stamp, size, bytes) {
  await until(() => existsSync(stamp))
  await until(() => size() >= bytes)
  const at = process.hrtime.bigint()
  return Number(at - spanOf(stamp).begin) / 1e6
}

const sizeOf = (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0

async function throughPipe(name, argv, { count, bytes, files, env = {} }) {
  const directory = mkdtempSync(join(scratch, `${name}-`))
  const stamp = join(directory, 'stamp')
  try {
    const capturer = spawn(argv(directory)[0], argv(directory).slice(1), {
      env: { ...environment, ...env },
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    const child = spawn(writer, [count, bytes, stamp].map(String), { stdio: ['ignore', capturer.stdin, 'inherit'] })
    capturer.stdin.destroy()
    const ended = once(capturer, 'exit')
    // It ends with its writer: what it had used is known only from before.
    let peak = { cpu: NaN, rss: NaN }
    const looking = setInterval(() => {
      try {
        const seen = usage(capturer.pid)
        if (seen.rss > 0) peak = seen
      } catch {
        // It has ended.
      }
    }, 10)
    await Promise.all([once(child, 'exit'), ended])
    clearInterval(looking)
    const ms = Number(process.hrtime.bigint() - spanOf(stamp).begin) / 1e6
    return { ms, ...peak, faults: faults(files(directory), count) }
  } finally {
    remove(directory)
  }
}

const cat = (count, bytes) =>
  throughPipe('cat', (directory) => ['sh', '-c', 'exec cat >>"$0"', join(directory, 'log')], {
    count,
    bytes,
    files: (directory) => [join(directory, 'log')],
  })

/** A daemon that writes as soon as its reader is there: what is measured is not how a reader begins. */
const whenTold = (directory, words) => [
  '/bin/sh',
  '-c',
  'while [ ! -e "$0/go" ]; do sleep 0.01; done; exec "$@"',
  directory,
  ...words,
]

async function awaitReader(place) {
  await until(() => running('capture', place.directory).length > 0 && existsSync(join(place.directory, 'log', 'd.log')))
  const [reader] = running('capture', place.directory)
  const before = usage(reader).cpu
  writeFileSync(join(place.directory, 'go'), '')
  return { reader, before }
}

async function captured(count, bytes, settings = '') {
  const place = new Place('capture', (directory) => {
    const command = toml(whenTold(directory, [writer, count, bytes, join(directory, 'stamp'), 'stay']))
    return `[daemons.d]\ncommand = ${command}\nlog = { capture = true, max-size = "10 MiB", keep = 10000, compress = "none"${settings} }\n`
  })
  try {
    place.run('start', 'd')
    const { reader, before } = await awaitReader(place)
    const size = () => place.files().reduce((sum, file) => sum + sizeOf(file), 0)
    const ms = await arrival(join(place.directory, 'stamp'), size, count * LENGTH)
    const { cpu, rss } = usage(reader)
    await place.leave()
    const files = place.files()
    return { ms, cpu: cpu - before, rss, rotations: files.length - 1, faults: faults(files, count) }
  } finally {
    await place.leave()
    remove(place.directory)
  }
}

async function supervisord(count, bytes) {
  const directory = mkdtempSync(join(scratch, 'supervisord-'))
  const stamp = join(directory, 'stamp')
  writeFileSync(
    join(directory, 'conf'),
    `[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${directory}/pid\n
[program:d]\ncommand=${writer} ${count} ${bytes} ${stamp} stay\nstdout_logfile=${directory}/log\nstdout_logfile_maxbytes=10MB\nstdout_logfile_backups=10000\n`,
  )
  const daemon = spawn('supervisord', ['-c', join(directory, 'conf')], { env: environment, stdio: 'ignore' })
  const ended = once(daemon, 'exit')
  const files = () => inOrder(directory, /^log/)
  try {
    const size = () => files().reduce((sum, file) => sum + sizeOf(file), 0)
    const ms = await arrival(stamp, size, count * LENGTH)
    const peak = usage(daemon.pid)
    daemon.kill('SIGTERM')
    await ended
    return { ms, ...peak, faults: faults(files(), count) }
  } finally {
    daemon.kill('SIGTERM')
    await ended
    remove(directory)
  }
}

const LAYER = '/var/cache/daemonctl-tests/inits/s6/usr'
const inPath = (program, directories = (environment['PATH'] ?? '').split(':')) =>
  directories.map((directory) => join(directory, program)).find((path) => existsSync(path))
const s6Log = inPath('s6-log') ?? inPath('s6-log', [`${LAYER}/bin`])

const s6 = (count, bytes) =>
  throughPipe('s6', (directory) => [s6Log, 'n10000', 's10000000', join(directory, 'log')], {
    count,
    bytes,
    env: { LD_LIBRARY_PATH: [`${LAYER}/lib`, `${LAYER}/lib/x86_64-linux-gnu`].join(':') },
    files: (directory) => [...inOrder(join(directory, 'log'), /^@/), join(directory, 'log', 'current')],
  })

const peers = process.env['BENCH_PEERS']
const pm2Program =
  inPath('pm2') ?? (peers === undefined ? undefined : inPath('pm2', [join(peers, 'node_modules', '.bin')]))

async function pm2(count, bytes) {
  const directory = mkdtempSync(join(scratch, 'pm2-'))
  const stamp = join(directory, 'stamp')
  const env = { ...environment, PM2_HOME: join(directory, 'home') }
  const run = (...words) => spawnSync(pm2Program, words, { env, cwd: directory, encoding: 'utf8' })
  const files = () => inOrder(directory, /^out.*log$/)
  try {
    const rotator = peers === undefined ? undefined : join(peers, 'node_modules', 'pm2-logrotate')
    if (rotator !== undefined && existsSync(rotator)) {
      // As a module gets its settings from pm2.
      const settings = {
        max_size: '10M',
        retain: '10000',
        compress: 'false',
        workerInterval: '1',
        rotateInterval: '0 0 1 1 *',
      }
      writeFileSync(
        join(directory, 'rotate.json'),
        JSON.stringify({
          apps: [
            {
              name: 'pm2-logrotate',
              script: join(rotator, 'app.js'),
              env: { 'pm2-logrotate': JSON.stringify(settings) },
            },
          ],
        }),
      )
      run('start', join(directory, 'rotate.json'))
    }
    run(
      'start',
      writer,
      '--name',
      'd',
      '--interpreter',
      'none',
      '-o',
      join(directory, 'out.log'),
      '--merge-logs',
      '--no-autorestart',
      '--',
      String(count),
      String(bytes),
      stamp,
      'stay',
    )
    const god = Number(readFileSync(join(directory, 'home', 'pm2.pid'), 'utf8'))
    await until(() => existsSync(stamp))
    // It may lose lines: until nothing has grown for a while.
    const size = () => files().reduce((sum, file) => sum + sizeOf(file), 0)
    let last = { size: -1, at: process.hrtime.bigint() }
    while (size() < count * LENGTH && Number(process.hrtime.bigint() - last.at) < 3e9) {
      const now = size()
      if (now !== last.size) last = { size: now, at: process.hrtime.bigint() }
      await nap(5)
    }
    const ms = Number((size() >= count * LENGTH ? process.hrtime.bigint() : last.at) - spanOf(stamp).begin) / 1e6
    return { ms, ...usage(god), faults: faults(files(), count) }
  } finally {
    run('kill')
    remove(directory)
  }
}

async function capture() {
  const contestants = [
    { name: 'cat', run: cat, tireless: true },
    { name: 'capture', run: captured, tireless: true },
    { name: 'capture, timestamps', run: (count, bytes) => stamped(count, bytes) },
    ...(s6Log === undefined ? [] : [{ name: 's6-log', run: s6 }]),
    ...(inPath('supervisord') === undefined ? [] : [{ name: 'supervisord', run: supervisord }]),
    ...(pm2Program === undefined ? [] : [{ name: 'pm2 + pm2-logrotate', run: pm2 }]),
  ]
  for (const missing of ['s6-log', 'supervisord', 'pm2 + pm2-logrotate']) {
    if (!contestants.some(({ name }) => name === missing)) row(missing, 'not found, not measured')
  }
  for (const [mode, bytes, times] of [
    ['one line a write', 1, 1],
    // Otherwise it is over in a fifth of a second.
    ['64 KiB a write', 65_536, 4],
  ]) {
    const results = new Map(contestants.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, run, tireless } of contestants) {
        const count = tireless === true ? lines * times : lines
        const result = await run(count, bytes)
        results.get(name).push({ ...result, rate: count / result.ms, cpu: (result.cpu / count) * 1e6 })
        say(`  ${mode}, ${name}: ${(count / result.ms).toFixed(0)} klines/s, ${result.rss.toFixed(1)} MiB`)
      }
    }
    const base = results.get('cat').map(({ rate }) => rate)
    for (const [name, all] of results) {
      const ratio = median(all.map(({ rate }, round) => rate / base[round]))
      const peak = Math.max(...all.map(({ rss }) => rss))
      const sum = (key) => all.reduce((total, one) => total + one.faults[key], 0)
      const seen = { lost: sum('lost'), doubled: sum('doubled'), malformed: sum('malformed') }
      const cpu = median(all.map((one) => one.cpu)).toFixed(2)
      const value = `${ratio.toFixed(2)} x cat (${Math.round(median(all.map(({ rate }) => rate)))} klines/s; ${cpu} s CPU for a million lines; ${peak.toFixed(1)} MiB; ${name === 'capture, timestamps' ? 'not counted' : told(seen)})`
      if (name === 'capture') row(`${name}, ${mode}`, value, '>= 1, <= 60 MiB', ratio >= 1 && peak <= 60)
      else row(`${name}, ${mode}`, value)
    }
  }
}

/** Lines with a time are longer; all that can be told is when the last one is there. */
async function stamped(count, bytes) {
  const place = new Place('stamped', (directory) => {
    const command = toml(whenTold(directory, [writer, count, bytes, join(directory, 'stamp'), 'stay']))
    return `[daemons.d]\ncommand = ${command}\nlog = { format = "timestamps", max-size = "10 MiB", keep = 10000, compress = "none" }\n`
  })
  try {
    place.run('start', 'd')
    const { reader, before } = await awaitReader(place)
    const size = () => place.files().reduce((sum, file) => sum + sizeOf(file), 0)
    const ms = await arrival(join(place.directory, 'stamp'), size, count * (LENGTH + 25))
    const { cpu, rss } = usage(reader)
    return { ms, cpu: cpu - before, rss, faults: { lost: 0, doubled: 0, malformed: 0 } }
  } finally {
    await place.leave()
    remove(place.directory)
  }
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function reading() {
  const place = new Place('reading', () => `[daemons.d]\ncommand = ["/bin/true"]\n`)
  try {
    const log = join(place.directory, 'log', 'd.log')
    const fd = openSync(log, 'w')
    const line = (second) =>
      `${new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()} something happened ${'x'.repeat(50)}\n`
    const block = Array.from({ length: 20_000 }, (_, index) => index)
    // Real lines everywhere, 5 GiB of them: a hole would be no log.
    let second = 0
    let size = 0
    while (size < 5 * 2 ** 30) {
      const text = block.map(() => line((second += 1) / 8)).join('')
      size += writeSync(fd, text)
    }
    ftruncateSync(fd, size)
    fsyncSync(fd)
    closeSync(fd)
    const since = new Date(Date.UTC(2026, 0, 1) + (second / 8) * 500).toISOString()
    const until = new Date(Date.parse(since) + 2000).toISOString()
    const cases = [
      { name: 'load', words: ['--version'] },
      { name: 'logs -n 10', words: ['logs', 'd', '-n', '10'] },
      { name: 'logs --since', words: ['logs', 'd', '--since', since, '--until', until] },
    ]
    const times = new Map(cases.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds * 6; round += 1) {
      for (const { name, words } of cases) {
        const begin = process.hrtime.bigint()
        const { status, stdout } = place.run(...words)
        times.get(name).push(Number(process.hrtime.bigint() - begin) / 1e6)
        if (status !== 0 || stdout === '') throw new Error(`${name}: ${status}`)
      }
    }
    const over = (name) => median(times.get(name).map((ms, round) => ms - times.get('load')[round]))
    const ten = over('logs -n 10')
    row(
      `logs -n 10 of ${(size / 2 ** 30).toFixed(1)} GiB: over the load`,
      `${ten.toFixed(1)} ms`,
      '<= 20 ms',
      ten <= 20,
    )
    row('logs --since in the middle of it: over the load', `${over('logs --since').toFixed(1)} ms`)
  } finally {
    remove(place.directory)
  }
}

// ── a daemon that writes as fast as it can ───────────────────────────────────────────────────────────────────────────

async function ask(path) {
  const begin = process.hrtime.bigint()
  const socket = createConnection(path)
  await once(socket, 'connect')
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'list' })}\n`)
  await once(socket, 'data')
  const ms = Number(process.hrtime.bigint() - begin) / 1e6
  socket.destroy()
  return ms
}

async function watcher() {
  const measures = []
  for (const mode of ['quiet', 'direct', 'capture']) {
    const place = new Place(`noisy-${mode}`, (directory) => {
      const noisy = toml(mode === 'quiet' ? ['/bin/sleep', '100000'] : ['/usr/bin/yes', 'x'.repeat(99)])
      const log = `{ max-size = "64 MiB", keep = 1, compress = "none"${mode === 'capture' ? ', capture = true' : ''} }`
      return `[daemons.noisy]\ncommand = ${noisy}\nlog = ${log}\n
[daemons.d]\ncommand = [${JSON.stringify(process.execPath)}, "-e", "require('fs').appendFileSync('${directory}/acts', process.pid + ' ' + process.hrtime.bigint() + '\\\\n'); setInterval(() => {}, 1e6)"]
respawn = { policy = "always", burst = 1000000, interval = "1s", delay = "1ms", reset-after = "1ms" }\n`
    })
    try {
      await place.watch()
      const acts = join(place.directory, 'acts')
      const last = () => readFileSync(acts, 'utf8').trim().split('\n').at(-1)?.split(' ')
      await until(() => existsSync(acts) && (last()?.length ?? 0) === 2)
      const asked = []
      const respawns = []
      for (let round = 0; round < rounds * 4; round += 1) {
        await nap(200)
        for (let times = 0; times < 5; times += 1) asked.push(await ask(join(place.directory, 'runtime', 'watch.sock')))
        const [pid] = last()
        const at = process.hrtime.bigint()
        process.kill(Number(pid), 'SIGKILL')
        await until(() => last()?.length === 2 && last()[0] !== pid)
        respawns.push(Number(BigInt(last()[1]) - at) / 1e6)
      }
      measures.push({ mode, asked: median(asked), respawns: median(respawns) })
    } finally {
      await place.leave()
      remove(place.directory)
    }
  }
  const [quiet] = measures
  for (const { mode, asked, respawns } of measures) {
    const share =
      mode === 'quiet'
        ? ''
        : `, ${(respawns / quiet.respawns).toFixed(2)} and ${(asked / quiet.asked).toFixed(2)} x of that`
    const name = mode === 'quiet' ? 'beside a quiet daemon' : `beside one that writes all it can (${mode})`
    row(`respawn, control socket ${name}`, `${respawns.toFixed(1)} ms, ${asked.toFixed(2)} ms${share}`)
  }
}

const sections = { direct, capture, reading, watcher }
try {
  for (const name of only) await sections[name]()
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0]?.toFixed(1)}, ${rounds} rounds, medians`,
)
const widths = [0, 1, 2].map((column) => Math.max(...rows.map((each) => each[column].length)))
for (const each of rows) {
  console.log(
    each
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
process.exitCode = rows.some((each) => each[3] === 'MISSED') ? 1 : 0
