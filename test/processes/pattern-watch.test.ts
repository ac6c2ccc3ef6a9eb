import { existsSync, readdirSync } from 'node:fs'
import { expect } from 'vitest'
import { kill, type Process } from './processes.ts'
import { findProcess, isAlive, PERL, scenario, type Rig, type Running } from './rig.ts'

/** The third document's script: every so often, if nothing matches, run the recovery and note it. At most 60 rounds. */
const LOOP = `for round in $(seq 60); do
  proc=$(pgrep -o -f "$PATTERN")
  if [ -z "$proc" ]; then
    eval "$RECOVERY" >> "$LOGFILE"
    echo "[$PATTERN] $RECOVERY" >> "$LOGFILE"
  fi
  sleep 0.2
done
`

interface Loop {
  readonly process: Process
  /** How often it has run the recovery. */
  recoveries(): number
}

/** A daemon with verbs of its own, whose command line is unlike any other: the words to start and to stop it. */
interface Subject {
  readonly pidfile: string
  readonly pattern: string
  readonly start: readonly string[]
  readonly stop: readonly string[]
  /** To start it also over a stale pidfile. */
  readonly again: readonly string[]
  pid(): number
}

function subject(rig: Rig): Subject {
  const pidfile = rig.path('my.pid')
  const start = rig.fixture('has-verbs.pl', pidfile, 'start')
  return {
    pidfile,
    pattern: `has-verbs.pl ${pidfile} start`,
    start,
    again: ['/bin/sh', '-c', 'rm -f "$0"; exec "$@"', pidfile, ...start],
    stop: rig.fixture('has-verbs.pl', pidfile, 'stop'),
    pid: () => Number(rig.read(pidfile).trim() || 0),
  }
}

async function run(rig: Rig, words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const process = await rig.spawn(words, env)
  await rig.until(`${words.join(' ')} ends`, () => !isAlive(process.pid))
}

async function up(rig: Rig, { pid }: Pick<Subject, 'pid'>, not = 0): Promise<Process> {
  await rig.until('it is up', () => pid() !== not && isAlive(pid()))
  const found = findProcess(pid())
  if (found === undefined) throw new Error('it is gone again')
  return found
}

async function shellLoop(rig: Rig, pattern: string, recovery: readonly string[]): Promise<Loop> {
  const log = rig.path('loop.log')
  rig.write(rig.path('loop.sh'), LOOP)
  const env = { PATTERN: pattern, RECOVERY: inShellWords(recovery), LOGFILE: log, ...rig.surroundings() }
  const process = await rig.spawn(['/bin/sh', rig.path('loop.sh')], env)
  return {
    process,
    recoveries: () =>
      rig
        .read(log)
        .split('\n')
        .filter((line) => line.startsWith('[')).length,
  }
}

/** It has had the time for so many rounds. Its own clock tells: what it would do in them, it has done. */
async function rounds(rig: Rig, count: number): Promise<void> {
  const marker = await rig.spawn(['/bin/sh', '-c', `sleep ${(count * 0.2).toFixed(1)}`])
  await rig.until('the rounds are over', () => !isAlive(marker.pid))
}

interface Watch extends Omit<Running, 'said'> {
  log(): string
  /** How often the log says so. */
  said(words: string): number
  until(words: string, times?: number): Promise<void>
  /** Tells it to end, which it does well. */
  end(): Promise<void>
}

const inShellWords = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ')
/** Not the watcher, whose command line has it all. */
/** Node calls itself by its thread from 24 on. */
const isNotNode = ({ name }: Process): boolean => name !== 'node' && !name.endsWith('MainThread')
const QUICK: readonly string[] = ['--interval', '200ms', '--grace', '100ms', '--settle', '300ms']
/** Those flags, and the quick ones that are not among them. */
const quickWith = (flags: readonly string[]): readonly string[] => [
  ...flags,
  ...QUICK.filter((_, at) => !flags.includes(QUICK[at - (at % 2)] ?? '')),
]
let watches = 0

function watch(
  rig: Rig,
  { pattern, again }: Pick<Subject, 'pattern' | 'again'>,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Watch {
  const log = rig.path(`watch-${(watches += 1)}.log`)
  const words = ['watch', '--pattern', pattern, '--full', '--oldest', '--recover', inShellWords(again), '--log', log]
  const running = rig.begin([...words, ...quickWith(flags)], { env })
  const said = (text: string): number => rig.read(log).split(text).length - 1
  return {
    ...running,
    log: () => rig.read(log),
    said,
    until: (text, times = 1) => rig.until(`the watcher says ${times} times: ${text}`, () => said(text) >= times),
    async end() {
      running.child.kill('SIGTERM')
      expect((await running.outcome).status).toBe(0)
    },
  }
}

const RECOVERING = 'running the recovery'
const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length
/** How often its main thread went to sleep: it cannot have done anything in between. proc_pid_status(5) */
const pauses = (rig: Rig, pid: number): number =>
  Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(rig.read(`/proc/${pid}/status`))?.[1])

scenario('2.16 what ends is back, by event; nothing is lost when the watcher ends', async (rig) => {
  const my = subject(rig)
  const watcher = watch(rig, my, ['--interval', '1h', '--reset-after', '0s'], { KEEP_OUTPUT: '1' })
  const watcherPid = watcher.child.pid ?? 0
  let now = await up(rig, my)
  await watcher.until('recovered: ')
  const before = descriptors(watcherPid)
  for (let times = 2; times < 10; times += 1) {
    kill(now, 'SIGKILL')
    // By polling it would take an hour.
    now = await up(rig, my, now.pid)
    await watcher.until('recovered: ', times)
    expect(watcher.log()).toMatch(/pid \d+ (was killed by SIGKILL|ended) after /)
  }
  expect(descriptors(watcherPid)).toBeLessThanOrEqual(before)
  await watcher.end()
  expect(findProcess(now.pid)?.startTime).toBe(now.startTime)
  // Its output is a file, not a pipe that ended with the watcher.
  kill(now, 'SIGHUP')
  await watcher.until('reloaded')
  expect(isAlive(now.pid)).toBe(true)
})

scenario('2.16 as a user, and where the kernel cannot be asked', { as: 'nobody', program: 'alone' }, async (rig) => {
  const my = subject(rig)
  const watcher = watch(rig, my, ['--euid', String(rig.uid)])
  const first = await up(rig, my)
  await watcher.until('recovered: ')
  kill(first, 'SIGKILL')
  await up(rig, my, first.pid)
  await watcher.until('recovered: ', 2)
  await watcher.end()
})

scenario('2.16 while something matches, nothing is done', async (rig) => {
  const my = subject(rig)
  await run(rig, my.start)
  await up(rig, my)
  const watcher = watch(rig, my, ['--interval', '50ms'])
  await watcher.until(' matches')
  const pid = watcher.child.pid ?? 0
  // What it has loaded it tidies up for a while.
  await rounds(rig, 10)
  const before = pauses(rig, pid)
  await rounds(rig, 10)
  // 40 looks would have been due.
  expect(pauses(rig, pid) - before).toBeLessThan(10)
  await watcher.end()
})

scenario(
  '2.16 (a) a recovery in vain: the loop repeats it for ever, the watcher tells and waits',
  { needs: ['pgrep'] },
  async (rig) => {
    const my = subject(rig)
    await run(rig, my.start)
    kill(await up(rig, my), 'SIGKILL')
    // The stale pidfile has every start refused.
    const loop = await shellLoop(rig, my.pattern, my.start)
    await rig.until('the loop repeats it', () => loop.recoveries() >= 8)
    kill(loop.process, 'SIGKILL')
    const watcher = watch(rig, { ...my, again: my.start }, ['--delay', '1h'])
    await watcher.until('the recovery changed nothing: nothing matches; the next recovery is in 1 h')
    expect(watcher.said(RECOVERING)).toBe(1)
    expect(watcher.said('already running')).toBe(1)
    // It goes on looking: what is begun by hand is found.
    await run(rig, my.again)
    await watcher.until(`pid ${(await up(rig, my)).pid} (`)
    await watcher.end()
    expect(watcher.said(RECOVERING)).toBe(1)
  },
)

scenario(
  '2.16 (b) M17 a tail of a log hides the death from the loop, but not from a watcher with --exec',
  { needs: ['pgrep'] },
  async (rig) => {
    const my = subject(rig)
    rig.write(rig.path('x.log'), '')
    const tail = await rig.spawn(['tail', '-f', rig.path('x.log'), my.pattern])
    const loop = await shellLoop(rig, my.pattern, my.again)
    await rounds(rig, 8)
    expect(loop.recoveries()).toBe(0)
    const watcher = watch(rig, my, ['--exec', PERL])
    await watcher.until('recovered: ')
    await watcher.end()
    expect(loop.recoveries()).toBe(0)
    expect(isAlive(tail.pid)).toBe(true)
  },
)

scenario(
  '2.16 (c) M15 the loop undoes a stop by daemonctl; a watcher does not, nor does the next',
  { needs: ['pgrep'] },
  async (rig) => {
    const command = rig.fixture('obedient.pl', rig.path('its-argument'))
    rig.define('d', { command })
    const pattern = command.slice(1).join(' ')
    const again = [process.execPath, rig.program(), 'start', 'd']
    expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
    const watcher = watch(rig, { pattern, again })
    await watcher.until(`pid ${rig.pid('d')} (`)
    expect((await rig.daemonctl(['restart', 'd'])).status).toBe(0)
    await watcher.until(`pid ${rig.pid('d')} (`)
    expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
    await watcher.until('nothing matches, and that is wanted: daemonctl stopped d (by ')
    await watcher.end()
    const next = watch(rig, { pattern, again })
    await next.until('nothing matches, and that is wanted: daemonctl stopped d (by ')
    await rounds(rig, 8)
    expect(rig.copies(pattern).filter(isNotNode)).toEqual([])
    expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
    await next.until(`pid ${rig.pid('d')} (`)
    expect((await rig.daemonctl(['pause', 'd'])).status).toBe(0)
    kill(await up(rig, { pid: () => rig.pid('d') }), 'SIGKILL')
    await next.until('nothing matches, and that is wanted: daemonctl paused d (by ')
    await next.end()
    expect([watcher.said(RECOVERING), next.said(RECOVERING)]).toEqual([0, 0])
    await shellLoop(rig, pattern, again)
    await rig.until('the loop undoes it', () => isAlive(rig.pid('d')))
  },
)

scenario('M15 a stop by pidfile, or by a definition, of what daemonctl did not start is respected', async (rig) => {
  const my = subject(rig)
  const stops = [
    { flags: ['--watch-pidfile', my.pidfile], stop: ['stop', '--pidfile', my.pidfile] },
    { flags: [], stop: ['stop', 'd'] },
  ]
  rig.define('d', { type: 'forking', pidfile: my.pidfile, command: my.start })
  for (const { flags, stop } of stops) {
    await run(rig, my.again)
    const { pid } = await up(rig, my)
    const watcher = watch(rig, my, flags)
    await watcher.until(`pid ${pid} (`)
    const stopped = await rig.daemonctl(stop)
    expect(stopped.status, stopped.stderr).toBe(0)
    await watcher.until('nothing matches, and that is wanted: daemonctl stopped ')
    await watcher.end()
    expect(watcher.said(RECOVERING)).toBe(0)
  }
})

scenario('M11 a pidfile says who goes on when the main process ends', async (rig) => {
  const my = subject(rig)
  await run(rig, my.start, { WORKERS: '1' })
  const first = await up(rig, my)
  const heir = rig.copies(my.pattern).find(({ parent }) => parent === first.pid)
  if (heir === undefined) throw new Error('it has no child')
  const watcher = watch(rig, my, ['--watch-pidfile', my.pidfile])
  await watcher.until(`pid ${first.pid} (`)
  rig.write(my.pidfile, `${heir.pid}\n`)
  kill(first, 'SIGKILL')
  await watcher.until(`pid ${heir.pid} (`)
  await watcher.end()
  expect(watcher.said(RECOVERING)).toBe(0)
})

scenario('M15 a stop by its own verb is respected where it can be told', async (rig) => {
  const my = subject(rig)
  await run(rig, my.start)
  const first = await up(rig, my)
  // It removes its pidfile when it is stopped; killed, it cannot.
  // Between the signal and the removal the script may be kept waiting.
  const watcher = watch(rig, my, ['--stopped-if', `test ! -e ${my.pidfile}`, '--grace', '3s'])
  await watcher.until(`pid ${first.pid} (`)
  await run(rig, my.stop)
  await watcher.until(`that is wanted: test ! -e ${my.pidfile} says so`)
  await run(rig, my.start)
  const second = await up(rig, my)
  await watcher.until(`pid ${second.pid} (`)
  expect(watcher.said(RECOVERING)).toBe(0)
  kill(second, 'SIGKILL')
  await up(rig, my, second.pid)
  await watcher.end()
})

scenario(
  '2.16 (d) M13 orphans hide the death from the loop, but not from a watcher, nor from the next',
  { needs: ['pgrep'] },
  async (rig) => {
    const my = subject(rig)
    const env = { WORKERS: '2' }
    await run(rig, my.start, env)
    const first = await up(rig, my)
    const watcher = watch(rig, my, [], env)
    await watcher.until(`pid ${first.pid} (`)
    await rig.until('its workers are there', () => rig.copies(my.pattern).filter(isNotNode).length === 3)
    const orphans = rig.copies(my.pattern).filter((one) => isNotNode(one) && one.pid !== first.pid)
    // Nobody watches when it dies.
    watcher.child.kill('SIGKILL')
    await watcher.outcome
    kill(first, 'SIGKILL')
    const loop = await shellLoop(rig, my.pattern, my.again)
    await rounds(rig, 8)
    expect(loop.recoveries()).toBe(0)
    kill(loop.process, 'SIGKILL')
    const next = watch(rig, my, ['--reset-after', '0s'], env)
    const second = await up(rig, my, first.pid)
    await next.until('recovered: ')
    const names = orphans.map(({ pid }) => pid).join(', ')
    expect(next.log()).toContain(`nothing matches but what the last one left behind (pid ${names}): ${RECOVERING}`)
    kill(second, 'SIGKILL')
    await up(rig, my, second.pid)
    await next.until('recovered: ', 2)
    await next.end()
    expect(orphans.filter(({ pid }) => isAlive(pid))).toEqual(orphans)
  },
)

scenario(
  '2.16 (e) M17 the loop finds its own shell; a watcher neither its own nor another watcher',
  { needs: ['pgrep'] },
  async (rig) => {
    const my = subject(rig)
    const inline = await rig.spawn(['/bin/sh', '-c', `PATTERN=$1; ${LOOP}`, 'sh', my.pattern], {
      RECOVERY: inShellWords(my.again),
      LOGFILE: rig.path('loop.log'),
    })
    await rounds(rig, 8)
    expect(rig.read(rig.path('loop.log'))).toBe('')
    kill(inline, 'SIGKILL')
    await rig.until('the loop is gone', () => !isAlive(inline.pid))
    const other = watch(rig, { pattern: 'nothing is called this', again: my.again }, ['--stopped-if', 'true'])
    await other.until('that is wanted: true says so')
    const log = rig.path('own.log')
    const words = [
      'watch',
      '--pattern',
      my.pattern,
      '--full',
      '--recover',
      inShellWords(my.again),
      '--log',
      log,
      ...QUICK,
    ]
    const shell = await rig.spawn(
      ['/bin/sh', '-c', '"$@"; :', 'daemonctl', process.execPath, rig.program(), ...words],
      rig.surroundings(),
    )
    await rig.until('it recovers', () => rig.read(log).includes('recovered: '))
    expect(rig.read(log)).toContain(`recovered: pid ${my.pid()} (`)
    expect(isAlive(shell.pid)).toBe(true)
    await other.end()
  },
)

scenario('P8 a watcher that is itself a daemon of daemonctl is stopped alone', async (rig) => {
  const my = subject(rig)
  const words = ['watch', '--pattern', my.pattern, '--full', '--recover', inShellWords(my.again), ...QUICK]
  rig.define('w', { command: [process.execPath, rig.program(), ...words], environment: rig.surroundings() })
  const started = await rig.daemonctl(['start', 'w'])
  expect(started.status, started.stderr).toBe(0)
  const first = await up(rig, my)
  await rig.until('it says so', () => rig.log('w').includes(`recovered: pid ${first.pid} (`))
  const { processes } = await rig.status('w')
  expect(processes).not.toContain(first.pid)
  const stopped = await rig.daemonctl(['stop', 'w'])
  expect(stopped.status, stopped.stderr).toBe(0)
  expect(findProcess(first.pid)?.startTime).toBe(first.startTime)
})

scenario('M28 a recovery that does not end is ended, with what it began', async (rig) => {
  const pattern = rig.path('never')
  const again = ['/bin/sh', '-c', 'sleep 1003 & sleep 1004']
  const watcher = watch(rig, { pattern, again }, ['--recover-timeout', '300ms', '--delay', '1h'])
  await watcher.until('the recovery did not end in time and was ended after ')
  await watcher.until('the recovery changed nothing')
  expect(rig.copies('sleep 1003').filter(isNotNode)).toEqual([])
  await watcher.end()
})

scenario('--once: one look, one recovery if needed, and what is remembered', async (rig) => {
  const my = subject(rig)
  const once = async (recovery: readonly string[], ...flags: readonly string[]): Promise<readonly unknown[]> => {
    const words = ['watch', '--once', '--full', '--pattern', my.pattern, '--recover', inShellWords(recovery)]
    const { status, stdout } = await rig.daemonctl([...words, '--json', ...quickWith(flags)])
    const last: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    return [status, (last as { readonly message: string }).message]
  }
  const wait = 'looking every 200 ms until then'
  expect(await once(['true'], '--delay', '1h')).toEqual([
    1,
    `the recovery changed nothing: nothing matches; the next recovery is in 1 h, ${wait}`,
  ])
  // The next run of cron waits as well.
  const [status, said] = await once(['true'], '--delay', '1h')
  expect([status, String(said).split(';')[0]]).toEqual([1, 'nothing matches, and the last recovery was in vain'])
  const [first, recovered] = await once(my.again)
  const { pid } = await up(rig, my)
  expect([first, String(recovered).split(' (')[0]]).toEqual([0, `recovered: pid ${pid}`])
  const [second, matching] = await once(my.again)
  expect([second, String(matching).split(' (')[0]]).toEqual([0, `pid ${pid}`])
  await run(rig, my.stop)
  expect((await once(my.again, '--stopped-if', `test ! -e ${my.pidfile}`))[0]).toBe(0)
  expect((await once(['/nowhere/at-all']))[0]).toBe(1)
})

scenario('P2 one watcher a pattern; killed, it leaves what runs alone, and the next goes on waiting', async (rig) => {
  const my = subject(rig)
  const flags = ['--delay', '1h']
  const watcher = watch(rig, { ...my, again: ['true'] }, flags)
  await watcher.until('the next recovery is in 1 h')
  const second = await watch(rig, { ...my, again: ['true'] }, flags).outcome
  expect(second.status).toBe(1)
  expect(second.stderr).toContain(`(pid ${watcher.child.pid})`)
  watcher.child.kill('SIGKILL')
  await watcher.outcome
  const next = watch(rig, { ...my, again: ['true'] }, flags)
  await next.until('nothing matches, and the last recovery was in vain; the next recovery is in ')
  await next.end()
  expect(next.said(RECOVERING)).toBe(0)
})

scenario('P10 what is wrong with the flags is said, and nothing is run', async (rig) => {
  const wrong = async (...flags: readonly string[]): Promise<readonly unknown[]> => {
    const { status, stderr } = await rig.daemonctl(['watch', '--recover', `touch ${rig.path('ran')}`, ...flags])
    return [status, stderr.split('\n')[0]]
  }
  const said = (text: string): readonly unknown[] => [2, `daemonctl: ${text} (while planning)`]
  expect(await wrong('--pattern', '')).toEqual(said('--pattern: an empty one matches every process'))
  expect(await wrong('--pattern', 'longer-than-a-name-is')).toEqual(
    said('--pattern: a name has 15 characters at most; --full compares the command line'),
  )
  expect(await wrong('--pattern', 'x', '--euid', 'no-such-user')).toEqual(
    said('--euid: there is no user "no-such-user"'),
  )
  expect(await wrong('--pattern', 'x', '--parent', 'y')).toEqual(said('--parent: "y" is not a number'))
  expect((await wrong('--pattern', 'x', '--interval', 'often'))[0]).toBe(2)
  expect(await wrong('--pattern', 'x', '--exec', 'no-such-program')).toEqual(
    said('--exec: there is no program no-such-program'),
  )
  expect(await wrong('--pattern', 'x', '--stopped-if', 'a | b')).toEqual(
    said('--stopped-if: "|" would need a shell; quote it, or give --shell'),
  )
  expect(await wrong('--pattern', 'x', 'name')).toEqual(said('--pattern and names exclude each other'))
  expect(existsSync(rig.path('ran'))).toBe(false)
})
