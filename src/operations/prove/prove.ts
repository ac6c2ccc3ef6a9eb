import type { Milliseconds } from '../../base/duration.ts'
import { identityOf, type Identity } from '../../decide/identity.ts'
import { BY_HAND } from '../../decide/prove/by-hand.ts'
import { CHAPTERS, type Chapter } from '../../decide/prove/chapters.ts'
import { CRASHED, EARLY, STOPPED, type Crashed } from '../../decide/prove/ended.ts'
import { PIDFILE_CHECKS } from '../../decide/prove/pidfile-checks.ts'
import { SECOND } from '../../decide/prove/second.ts'
import type { Body, PidfileSight, Writing } from '../../decide/prove/sight.ts'
import { STARTED } from '../../decide/prove/started.ts'
import {
  judgeAll,
  judgeNone,
  notApplicable,
  untested,
  type Check,
  type Finding,
  type Verdict,
} from '../../decide/prove/verdict.ts'
import { RELOAD, REOPEN, type Reopened } from '../../decide/prove/while-running.ts'
import { dispositionOf } from '../../decide/reload-signal.ts'
import type { Eye } from '../conform/eye.ts'
import { killAll } from '../conform/kill-all.ts'
import { verbOf, type Scene } from './scene.ts'

/** How long the program may take to refuse a second copy, or its launcher to end. */
const ANSWERS_WITHIN: Milliseconds = 4_000
/** How long a daemon's pidfile may take after its launcher has ended. */
const COMES_WITHIN: Milliseconds = 3_000
const OBEYS_WITHIN: Milliseconds = 5_000
const DIES_WITHIN: Milliseconds = 5_000
/** How long the rest of a daemon may outlive its main process. */
const LEAVES_WITHIN: Milliseconds = 1_000

export interface ProveOptions {
  readonly scene: Scene
  /** Told of each chapter when it is done. */
  readonly examined: (chapter: Chapter, verdicts: readonly Verdict[]) => void
  /** Nothing more is tried; what was begun is ended all the same. */
  readonly interrupted: AbortSignal
}

/** Examines a daemon that does not run, in a scratch place; it does not run afterwards. */
export async function prove({ scene, examined, interrupted }: ProveOptions): Promise<readonly Verdict[]> {
  const all: Verdict[] = []
  const tell = (chapter: Chapter, verdicts: readonly Verdict[]): void => {
    all.push(...verdicts)
    examined(chapter, verdicts)
  }
  const done = new Set<Chapter>()
  const whenStarted = async (chapter: Chapter, examine: () => Promise<readonly Verdict[]>): Promise<void> => {
    if (interrupted.aborted) return
    done.add(chapter)
    tell(chapter, await examine())
  }
  const eyes: Eye[] = []
  try {
    const byHand = await startByHand(scene, eyes)
    tell('by-hand', byHand.verdicts)
    const started = interrupted.aborted ? undefined : await startIt(scene, eyes, byHand, tell)
    if (started !== undefined) {
      await whenStarted('second', () => secondCopy(scene, started, eyes))
      await whenStarted('reload', () => reload(scene, started))
      await whenStarted('reopen', () => reopen(scene, started))
      await whenStarted('crash', () => crash(scene, eyes, byHand.stale))
      await whenStarted('stop', async () => [...(await stop(scene, eyes)), ...(await termAtOnce(scene, eyes))])
    }
    const why = untested(interrupted.aborted ? 'the examination was interrupted' : 'it does not start')
    for (const chapter of CHAPTER_NAMES) {
      const left = done.has(chapter) ? undefined : LATER[chapter]
      if (left !== undefined) tell(chapter, left(why))
    }
  } finally {
    await scene.act({ verb: 'stop' })
    for (const eye of eyes) await killAll(scene.host, eye)
  }
  return all
}

const CHAPTER_NAMES = Object.keys(CHAPTERS).filter((name): name is Chapter => name in CHAPTERS)

/** What cannot be examined of a daemon that does not start. */
const LATER: Readonly<Partial<Record<Chapter, (finding: Finding) => readonly Verdict[]>>> = {
  second: (finding) => judgeNone(SECOND, finding),
  reload: (finding) => judgeNone(RELOAD, finding),
  reopen: (finding) => judgeNone(REOPEN, finding),
  crash: (finding) => judgeNone(CRASHED, finding),
  stop: (finding) => [...judgeNone(STOPPED, finding), ...judgeNone(EARLY, finding)],
}

interface HandStart {
  readonly verdicts: readonly Verdict[]
  readonly writing: Writing
  /** What was there: it tells of what daemonctl refuses to start, or to believe. */
  readonly bodies: readonly Body[]
  readonly pidfile: PidfileSight | undefined
  /** The program over the pidfile of a dead one. */
  readonly stale: Crashed['byHand']
}

/** Of a daemon that detaches itself: started twice, the second time after kill -9. Afterwards nothing runs. */
async function startByHand(scene: Scene, eyes: Eye[]): Promise<HandStart> {
  const { definition, bench, host } = scene
  const none = (finding: Finding, checks: readonly Check<never>[] = BY_HAND): HandStart => ({
    verdicts: judgeNone(checks, finding),
    writing: 'not-seen',
    bodies: [],
    pidfile: undefined,
    stale: undefined,
  })
  if (definition.type !== 'forking') return none(notApplicable('daemonctl detaches it'))
  const directory = scene.directory('caller')
  const place = scene.directory('run')
  if (!directory.ok || !place.ok) return none(untested('no scratch directory can be made'))
  const openFile = `${directory.value}/open-file`
  const within = definition.start.timeout
  const begin = (eye: Eye) =>
    scene.callProgram(directory.value, within, ['/bin/sh', '-c', CALLER, directory.value]).then(async (outcome) => {
      await scene.becomes(async () => eye.proves(await eye.look()), COMES_WITHIN)
      return { outcome, sight: await eye.look() }
    })

  const eye = scene.eyeByHand(true)
  eyes.push(eye)
  const trace = bench.traceWriting(definition.pidfile)
  const { outcome, sight } = await begin(eye)
  const writing = trace.end()
  const bodies = scene.bodies(sight.members)
  const pidfile = bench.pidfileSight(definition.pidfile)
  const session = Number(bench.readPidfile(`${directory.value}/launcher`))
  const verdicts = judgeAll(BY_HAND, {
    ...outcome,
    caller: { session: session > 0 ? session : undefined, directory: host.files.realPath(directory.value), openFile },
    directory: definition.directory,
    launcherExit: definition.start.launcherExit,
    bodies,
  })
  const seen = { verdicts, writing, bodies, pidfile }
  if (sight.members.length === 0) return { ...seen, stale: { alive: false, said: outcome.output } }
  await killAll(host, eye)
  const again = await begin(eye)
  const stale = { alive: eye.proves(again.sight), said: again.outcome.output }
  await killAll(host, eye)
  return { ...seen, stale }
}

/** Somebody's shell: it has a file open, and says which session is its own. */
const CALLER = 'echo $$ >"$0/launcher"; exec 7>"$0/open-file"; exec "$@"'

async function startIt(
  scene: Scene,
  eyes: Eye[],
  byHand: HandStart,
  tell: (chapter: Chapter, verdicts: readonly Verdict[]) => void,
): Promise<Identity | undefined> {
  const { definition, bench, host } = scene
  const outcome = await scene.act({ verb: 'start' })
  const eye = scene.eye()
  eyes.push(eye)
  const { members } = outcome.result === 'done' ? await eye.look() : { members: [] }
  const isUp = outcome.main !== undefined && outcome.result === 'done'
  const bodies = isUp ? scene.bodies(members) : byHand.bodies
  const [itStarts, ...others] = STARTED
  const ourselves = host.processes.read(host.processes.self().pid)
  const seen = {
    verb: verbOf(outcome),
    ready: definition.start.ready,
    bodies,
    ourSession: ourselves.kind === 'seen' ? ourselves.process.session : undefined,
    directory: host.files.realPath(definition.directory),
  }
  const why = untested('it does not start')
  const first = itStarts === undefined ? [] : judgeAll([itStarts], seen)
  tell('start', [...first, ...(bodies.length === 0 ? judgeNone(others, why) : judgeAll(others, seen))])
  const aboutPidfile = {
    pidfile: isUp ? bench.pidfileSight(definition.pidfile) : byHand.pidfile,
    path: definition.pidfile,
    owners: scene.owners,
    members: bodies.map(({ process }) => process),
    // Every other pidfile is daemonctl's own, which is renamed to its place.
    writing: definition.type === 'forking' ? byHand.writing : ('whole' as const),
  }
  tell('pidfile', bodies.length === 0 ? judgeNone(PIDFILE_CHECKS, why) : judgeAll(PIDFILE_CHECKS, aboutPidfile))
  return isUp ? outcome.main : undefined
}

async function secondCopy(scene: Scene, main: Identity, eyes: Eye[]): Promise<readonly Verdict[]> {
  const { definition, bench, host } = scene
  const again = await scene.act({ verb: 'start' })
  const pidfile = bench.readPidfile(definition.pidfile)
  const { exit, timedOut } = await scene.callProgram(definition.directory, ANSWERS_WITHIN)
  const eye = scene.eyeByHand(false)
  eyes.push(eye)
  const { members } = await eye.look()
  const seen = {
    again: verbOf(again),
    exit,
    timedOut,
    copies: members.filter(({ pid }) => pid !== main.pid),
    firstLives: scene.lives(main),
    pidfileStays: bench.readPidfile(definition.pidfile) === pidfile,
  }
  await killAll(host, eye)
  // What it overwrote is put right: it is judged once.
  if (!seen.pidfileStays && pidfile !== undefined) bench.writePidfile(definition.pidfile, pidfile)
  return judgeAll(SECOND, seen)
}

async function reload(scene: Scene, main: Identity): Promise<readonly Verdict[]> {
  if (scene.definition.reload.by.kind === 'none') return judgeAll(RELOAD, undefined)
  const outcome = await scene.act({ verb: 'reload' })
  const sameProcess = scene.lives(main) && outcome.pid === main.pid
  const alive = sameProcess || (outcome.main !== undefined && scene.lives(outcome.main))
  return judgeAll(RELOAD, { verb: verbOf(outcome), sameProcess, alive })
}

async function reopen(scene: Scene, main: Identity): Promise<readonly Verdict[]> {
  return judgeAll(REOPEN, await seeReopening(scene, main))
}

async function seeReopening(scene: Scene, main: Identity): Promise<Reopened> {
  const { definition, bench, host } = scene
  const { reopenSignal: signal, stdout } = definition.log
  if (signal === undefined || stdout.kind !== 'file') return undefined
  const reading = host.processes.read(main.pid)
  const disposition = reading.kind === 'seen' ? dispositionOf(reading.process, signal) : 'deadly'
  const movable = stdout.path.startsWith(`${bench.directory}/`)
  const seen = { signal, disposition, movable, alive: scene.lives(main), made: false, holdsOld: false }
  if (disposition !== 'handled' || !movable) return seen
  const old = `${stdout.path}.before`
  if (!bench.rename(stdout.path, old).ok) return { ...seen, movable: false }
  const eye = scene.eye()
  const holdsOld = async (): Promise<boolean> =>
    scene.bodies((await eye.look()).members).some(({ descriptors }) => descriptors.some(({ target }) => target === old))
  host.signaller.send(main, signal)
  const made = await scene.becomes(() => host.files.exists(stdout.path), OBEYS_WITHIN)
  const held = made && !(await scene.becomes(async () => !(await holdsOld()), OBEYS_WITHIN))
  return { ...seen, alive: scene.lives(main), made, holdsOld: held }
}

/** Afterwards it runs again, if it can. */
async function crash(scene: Scene, eyes: Eye[], byHand: Crashed['byHand']): Promise<readonly Verdict[]> {
  await killAll(scene.host, scene.eye())
  const outcome = await scene.act({ verb: 'start' })
  eyes.push(scene.eye())
  return judgeAll(CRASHED, { byHand, verb: verbOf(outcome) })
}

async function stop(scene: Scene, eyes: Eye[]): Promise<readonly Verdict[]> {
  const { definition, host } = scene
  const started = await scene.act({ verb: 'start' })
  const eye = scene.eye()
  eyes.push(eye)
  const { main } = started
  const first = definition.stop.schedule.steps[0]
  if (main === undefined || first === undefined) return judgeNone(STOPPED, untested('it does not start again'))
  // It is seen while it runs: later its token cannot be read any more.
  await eye.look()
  const { command } = definition.stop
  const within = command === undefined ? first.wait : definition.stop.timeout
  const by = command === undefined ? `SIG${first.signal}` : 'its stop command'
  const ended = await (command === undefined ? endBySignal(scene, main, first.signal, within) : endByCommand(scene))
  await scene.becomes(async () => (await eye.look()).members.length === 0, ended === undefined ? 0 : LEAVES_WITHIN)
  const { members } = await eye.look()
  const left = members.filter(({ pid }) => pid !== main.pid)
  await scene.act({ verb: 'stop' })
  return judgeAll(STOPPED, {
    ended: ended !== undefined,
    by,
    within,
    exit: ended?.exit,
    left,
    sockets: socketsOf(scene).filter((path) => host.files.exists(path)),
  })
}

function endBySignal(scene: Scene, main: Identity, signal: string, within: Milliseconds) {
  scene.host.signaller.send(main, signal)
  return scene.ends(main, within)
}

async function endByCommand(scene: Scene): Promise<{ readonly exit: undefined } | undefined> {
  const { result, lastSignal } = await scene.act({ verb: 'stop' })
  return result === 'done' && lastSignal === undefined ? { exit: undefined } : undefined
}

function socketsOf({ definition: { metrics, start } }: Scene): readonly string[] {
  return [
    ...(metrics?.from.kind === 'unix' ? [metrics.from.path] : []),
    ...(start.ready?.kind === 'unix' ? [start.ready.path] : []),
  ]
}

/** Afterwards it does not run. */
async function termAtOnce(scene: Scene, eyes: Eye[]): Promise<readonly Verdict[]> {
  const { definition, host } = scene
  const starting = scene.act({ verb: 'start' })
  let main: Identity | undefined
  await scene.becomes(() => (main = programOf(scene)) !== undefined, definition.start.timeout)
  const signal = definition.stop.schedule.steps[0]?.signal ?? 'TERM'
  if (main !== undefined) host.signaller.send(main, signal)
  const ended = main === undefined ? undefined : await scene.ends(main, DIES_WITHIN)
  eyes.push(scene.eye())
  await starting
  return judgeAll(EARLY, main === undefined ? undefined : { ended: ended !== undefined, within: DIES_WITHIN })
}

/** The process of the pidfile, once it executes its program: at the gate of daemonctl it is a shell's script. */
function programOf({ definition, bench, host }: Scene): Identity | undefined {
  const pid = Number(bench.readPidfile(definition.pidfile) ?? 0)
  const reading = pid > 1 ? host.processes.read(pid) : undefined
  if (reading?.kind !== 'seen') return undefined
  const { argv = [] } = bench.anatomy(pid) ?? {}
  const isAtGate = definition.type !== 'forking' && argv[1] === '-c' && argv[3] === GATE
  return isAtGate ? undefined : identityOf(reading.process, host.processes.bootId())
}

/** What the script at the gate is called. */
const GATE = 'daemonctl'
