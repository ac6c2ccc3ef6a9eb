// daemonctl beside other supervisors, those that are on this machine: `npm run bench -- peers`, or some sections of it:
// status, start-stop, respawn, crowd. Where one daemon is enough all take part in turn, so that what slows one round
// slows all. BENCH_ROUNDS=n; BENCH_MANY=n: how large a crowd is; BENCH_PEERS=DIR: a directory with node_modules/.bin,
// looked in before PATH.
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs'
import { readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keep, machine, median, ratio, sorted, spread, table } from './figures.mjs'
import { buildStamp, isStamp, stampsIn } from './stamp.mjs'
import daemon from './peers/daemon.mjs'
import daemonctl from './peers/daemonctl.mjs'
import monit from './peers/monit.mjs'
import pm2 from './peers/pm2.mjs'
import runit from './peers/runit.mjs'
import s6 from './peers/s6.mjs'
import startStopDaemon from './peers/start-stop-daemon.mjs'
import supervisord from './peers/supervisord.mjs'

const PEERS = [daemonctl, startStopDaemon, daemon, runit, s6, monit, supervisord, pm2]
const args = process.argv.slice(2)
const markdown = args.includes('--markdown')
const asked = args.filter((arg) => !arg.startsWith('--'))
const isAsked = (section) => asked.length === 0 || asked.includes(section)
const rounds = Number(process.env.BENCH_ROUNDS ?? 7)
const many = Number(process.env.BENCH_MANY ?? 100)
const LONGEST = 90_000

const place = process.env.BENCH_PEERS
const path = [...(place === undefined ? [] : [join(place, 'node_modules/.bin')]), process.env.PATH ?? '', '/usr/sbin']
const environment = { ...process.env, PATH: path.join(':') }
delete environment.NODE_EXTRA_CA_CERTS
process.env.PATH = environment.PATH
// What a runtime directory is on: memory.
const scratch = realpathSync(mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'daemonctl-bench-')))
const nap = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const now = () => process.hrtime.bigint()
const since = (begin, end = now()) => Number(end - begin) / 1e6
const say = (text) => console.error(`bench: ${text}`)

/** `done` after at most LONGEST; it is asked every `every` ms, which no figure depends on. */
async function until(done, every = 1) {
  const begin = now()
  while (!done()) {
    if (since(begin) > LONGEST) throw new Error('it takes too long')
    await nap(every)
  }
}

function run({ argv: [program, ...words], cwd, env }) {
  const begin = now()
  const { status, signal, error } = spawnSync(program, words, { cwd, env, stdio: 'ignore', timeout: LONGEST })
  return { ms: since(begin), begin, status: status ?? signal ?? error }
}

function runWell(command) {
  const outcome = run(command)
  if (outcome.status !== 0) throw new Error(`${command.argv.join(' ')} gave ${outcome.status}`)
  return outcome
}

const isFound = (program) =>
  environment.PATH.split(':').some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((child) => {
      try {
        return Number(readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1].split(' ')[1]) === pid
      } catch {
        return false
      }
    })
}

let directories = 0
/** A peer at work on `count` daemons in a directory of its own. */
async function open(peer, count) {
  directories += 1
  const directory = join(scratch, `${directories}`)
  mkdirSync(join(directory, 'stamps'), { recursive: true })
  const file = (index) => join(directory, 'stamps', String(index))
  const launched = new Set()
  const launch = (program, words, env = environment) => {
    const child = spawn(program, words, { cwd: directory, env, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
    launched.add(child)
    child.once('exit', () => launched.delete(child))
    return child
  }
  const all = Array.from({ length: count }, (_, index) => index)
  const end = () => {
    for (const child of launched) child.kill('SIGKILL')
    for (const { pid } of all.flatMap((index) => stampsIn(file(index))))
      if (isStamp(pid, stamp)) process.kill(pid, 'SIGKILL')
  }
  const opening = peer.open({
    directory,
    environment,
    count,
    daemon: (index) => [stamp, file(index)],
    until: (awaited) => until(() => existsSync(awaited)),
    launch,
    childrenOf,
  })
  const session = await opening.catch((error) => {
    end()
    throw error
  })
  return {
    ...session,
    peer,
    all,
    stamps: (index) => stampsIn(file(index)),
    last: (index) => stampsIn(file(index)).at(-1),
    async end() {
      await session.close()
      end()
    },
  }
}

/** Starts daemon 0 and stops it again: to its first act, to the return of start, until it is gone and stop returned. */
async function once(session) {
  const before = session.stamps(0).length
  const { begin, ms: started } = runWell(session.start(0))
  await until(() => session.stamps(0).length > before)
  const { pid, at } = session.last(0)
  if (session.peer.slow) await nap(session.peer.slow)
  const { begin: ending } = runWell(session.stop(0))
  await until(() => !isStamp(pid, stamp))
  const stopped = since(ending)
  if (session.peer.slow) await nap(session.peer.slow)
  return { up: since(begin, at), started, stopped }
}

/** From kill -9 to the first act of the successor. */
async function respawn(session) {
  const { pid } = session.last(0)
  const killed = now()
  process.kill(pid, 'SIGKILL')
  await until(() => session.last(0).pid !== pid)
  return since(killed, session.last(0).at)
}

const bare = { argv: [process.execPath, '-e', '0'], cwd: scratch, env: environment }
const results = {}

/** Sections with one daemon of each peer. */
async function alone(found) {
  const sessions = []
  const add = (section, name, figure, value) => {
    results[section] ??= {}
    results[section][name] ??= {}
    ;(results[section][name][figure] ??= []).push(value)
  }
  try {
    for (const peer of found) sessions.push(await open(peer, 1))
    if (isAsked('start-stop')) {
      for (let round = 0; round < rounds; round += 1) {
        add('start-stop', 'node -e 0', 'ms', runWell(bare).ms)
        for (const session of sessions) {
          for (const [figure, ms] of Object.entries(await once(session)))
            add('start-stop', session.peer.name, figure, ms)
        }
      }
    }
    if (!isAsked('status') && !isAsked('respawn')) return
    for (const session of sessions) {
      runWell(session.start(0))
      await until(() => isStamp(session.last(0)?.pid, stamp))
    }
    if (isAsked('status')) {
      for (let round = 0; round < 2 * rounds; round += 1) {
        add('status', 'node -e 0', 'ms', runWell(bare).ms)
        for (const session of sessions) add('status', session.peer.name, 'ms', runWell(session.status(0)).ms)
      }
    }
    if (!isAsked('respawn')) return
    for (const session of sessions) await session.supervise?.()
    const givenUp = new Set()
    for (let round = 0; round < Math.min(5, rounds); round += 1) {
      // Most of them start at once only what has run for a second.
      await nap(1300)
      for (const session of sessions.filter(({ peer }) => peer.respawns)) {
        const { name } = session.peer
        if (givenUp.has(name)) continue
        const ms = await respawn(session).catch((error) => {
          say(`${name} does not start it again (round ${round + 1}): ${error.message}`)
          givenUp.add(name)
        })
        if (ms !== undefined) add('respawn', name, 'ms', ms)
      }
    }
  } finally {
    for (const session of sessions) await session.end()
  }
}

/** Of processes: their resident memory and their share of it (RSS and PSS) in MiB, and their CPU time in ms. */
function usage(pids) {
  let memory = 0
  let resident = 0
  let cpu = 0
  for (const pid of pids) {
    try {
      const maps = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
      memory += Number(/^Pss:\s+(\d+)/m.exec(maps)?.[1] ?? 0) / 1024
      resident += Number(/^Rss:\s+(\d+)/m.exec(maps)?.[1] ?? 0) / 1024
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
      cpu += (Number(fields[11]) + Number(fields[12])) * 10
    } catch {
      // It has ended.
    }
  }
  return { memory, resident, cpu }
}

/** Sections with many daemons: each peer alone on the machine. */
async function crowd(peer) {
  const session = await open(peer, many)
  const { all } = session
  const figures = {}
  try {
    const begin = now()
    if (session.startAll !== undefined) runWell(session.startAll())
    else for (const index of all) runWell(session.start(index))
    await until(() => all.every((index) => session.stamps(index).length > 0), 20)
    const last = sorted(all.map((index) => Number(session.last(index).at - begin) / 1e6)).at(-1)
    figures.up = [last]
    const status = () =>
      session.statusAll === undefined
        ? all.reduce((sum, index) => sum + run(session.status(index)).ms, 0)
        : run(session.statusAll()).ms
    figures.status = [status(), status(), status()]
    if (!peer.respawns) return figures
    await session.supervise?.()
    await nap(1500)
    const before = usage(session.pids())
    await nap(3000)
    const after = usage(session.pids())
    figures.memory = [after.memory]
    figures.resident = [after.resident]
    figures.idle = [(after.cpu - before.cpu) / 30]
    const pids = all.map((index) => session.last(index).pid)
    const killed = now()
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await until(() => all.every((index) => session.last(index).pid !== pids[index]), 20)
    figures.storm = [sorted(all.map((index) => since(killed, session.last(index).at))).at(-1)]
    return figures
  } finally {
    await session.end()
  }
}

function show() {
  const base = results['start-stop']?.['node -e 0']?.ms ?? results.status?.['node -e 0']?.ms
  const print = (title, rows) => console.log(`\n${markdown ? '### ' : ''}${title}\n\n${table(rows, markdown)}`)
  const entries = (section, by) =>
    Object.entries(results[section]).toSorted(([, a], [, b]) => median(a[by] ?? [0]) - median(b[by] ?? [0]))
  if (results.status !== undefined) {
    const rows = entries('status', 'ms').map(([name, { ms }]) => [
      name,
      spread(ms),
      ratio(ms, results.status['node -e 0'].ms),
    ])
    print('Status of one daemon, ms', [['', 'median (least to greatest)', '/ node'], ...rows])
  }
  if (results['start-stop'] !== undefined) {
    const { 'node -e 0': _, ...others } = results['start-stop']
    results['start-stop'] = others
    const rows = entries('start-stop', 'up').map(([name, { up, started, stopped }]) => [
      name,
      spread(up),
      spread(started),
      spread(stopped),
      ratio(up, base),
      ratio(stopped, base),
    ])
    const header = [
      '',
      'start: first act',
      'start: returns',
      'stop: gone and returned',
      'first act / node',
      'stop / node',
    ]
    print('Start and stop of one daemon, ms', [header, ...rows])
  }
  if (results.respawn !== undefined) {
    const rows = entries('respawn', 'ms').map(([name, { ms }]) => [name, spread(ms)])
    print('Respawn after kill -9, ms', [['', 'median (least to greatest)'], ...rows])
  }
  if (results.crowd !== undefined) {
    const one = (values, digits = 0) => (values === undefined ? '-' : median(values).toFixed(digits))
    const rows = entries('crowd', 'up').map(([name, { up, status, storm, memory, resident, idle }]) => [
      name,
      one(up),
      one(status),
      one(storm),
      memory === undefined ? '-' : `${one(resident)} / ${one(memory)}`,
      one(idle, 2),
    ])
    const header = ['', 'all up', 'status of all', 'all killed: all back', 'memory, RSS / PSS, MiB', 'idle CPU, %']
    print(`${many} daemons, ms`, [header, ...rows])
  }
}

const stamp = buildStamp(scratch)
try {
  if (stamp === undefined) throw new Error('there is no C compiler, and so no daemon to measure with')
  const found = PEERS.filter(({ needs }) => needs.every(isFound))
  const missing = PEERS.filter((peer) => !found.includes(peer)).map(({ name }) => name)
  const versions = found.map(({ name, version }) => {
    const [program, ...words] = version ?? []
    const said = program === undefined ? '' : spawnSync(program, words, { encoding: 'utf8', env: environment }).stdout
    const number = /\d+(?:\.\d+)+/.exec(said ?? '')?.[0]
    return number === undefined ? name : `${name} ${number}`
  })
  if (['status', 'start-stop', 'respawn'].some(isAsked)) await alone(found)
  if (isAsked('crowd')) {
    results.crowd = {}
    for (const peer of found) {
      say(`${many} daemons of ${peer.name}`)
      results.crowd[peer.name] = await crowd(peer)
    }
  }
  const facts = { machine: machine(), at: new Date().toISOString(), rounds, many, versions, missing }
  if (args.includes('--json')) keep('peers', { ...facts, results })
  console.log(`${facts.machine}, ${rounds} rounds\nwith ${versions.join(', ')}`)
  console.log(missing.length === 0 ? 'none is missing' : `not on this machine: ${missing.join(', ')}`)
  show()
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
