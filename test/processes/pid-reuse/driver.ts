import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Surroundings } from '../../../src/cli/surroundings.ts'
import type { Request } from '../../../src/decide/plan/plan.ts'
import { act } from '../../../src/operations/act.ts'
import type { Subject } from '../../../src/operations/run.ts'
import { statusOne } from '../../../src/operations/status.ts'

/**
 * Runs in a PID namespace. Again and again a daemon dies and a stranger gets its very PID; then a verb is tried on
 * the daemon, and the stranger is asked what signals it got. Most verbs are performed in this process by the real
 * operations on the real host, every so often one by the CLI itself.
 *
 * driver COUNT SEED NURSERY PERL RUNNER...
 */
export interface Report {
  readonly reuses: number
  readonly byCli: number
  readonly conditions: Readonly<Record<string, number>>
  readonly problems: readonly string[]
}

const VERBS = ['status', 'stop', 'reload', 'force-reload', 'signal', 'start', 'restart', 'condrestart'] as const
type Verb = (typeof VERBS)[number]

/** How the daemon was known, and whether the stranger executes the same program. */
const KINDS = ['recorded', 'recorded-lookalike', 'pidfile', 'pidfile-lookalike'] as const
type Kind = (typeof KINDS)[number]

/** A CLI takes as long as ten verbs in this process. */
const CLI_EVERY = 25

const [count = '1', seed = '1', nurseryScript = '', perl = '', ...runner] = process.argv.slice(2)
const surroundings = new Surroundings(() => {})
const { host } = surroundings
const problems: string[] = []
const conditions: Record<string, number> = {}
let byCli = 0

const nursery = spawn(perl, [nurseryScript], { stdio: ['pipe', 'pipe', 'inherit'] })
const answers = createInterface({ input: nursery.stdout })[Symbol.asyncIterator]()
async function ask(line: string): Promise<string> {
  nursery.stdin.write(`${line}\n`)
  const answer = await answers.next()
  if (answer.done === true) throw new Error(`the nursery has ended at ${line}`)
  return answer.value
}

let state = Number(seed) >>> 0
function chance(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

const subjects = new Map<Kind, Subject>()
for (const kind of KINDS) subjects.set(kind, await subjectOf(kind))

async function subjectOf(kind: Kind): Promise<Subject> {
  const found = await surroundings.select({ file: undefined, all: false, names: [kind], without: 'only-one' })
  if (!found.ok) throw new Error(found.error.message)
  const [source] = found.value
  if (source === undefined) throw new Error(`no definition of ${kind}`)
  return surroundings.subject(source.definition)
}

const requestOf = (verb: Exclude<Verb, 'status'>): Request => (verb === 'signal' ? { verb, signal: 'USR1' } : { verb })

const perform = (subject: Subject, request: Request): ReturnType<typeof act> =>
  act(host, subject, request, { waiting: () => {}, warn: () => {} }, { lockWithin: 10_000, rollback: false })

const startTimeOf = (pid: number): string => {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

/** A daemon that was alive, and whose PID now is a stranger's. */
async function deadDaemon(kind: Kind, subject: Subject): Promise<number | undefined> {
  const { pidfile } = subject.definition
  let pid: number
  let started: string
  if (kind.startsWith('recorded')) {
    const outcome = await perform(subject, { verb: 'start' })
    if (outcome.pid === undefined) throw new Error(`${kind} did not start: ${outcome.failure?.message}`)
    pid = outcome.pid
    started = startTimeOf(pid)
    process.kill(pid, 'SIGKILL')
    for (let turns = 0; existsSync(`/proc/${pid}`); turns += 1) {
      if (turns > 100_000) throw new Error(`${pid} is not reaped`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  } else {
    pid = Number(await ask('victim'))
    started = startTimeOf(pid)
    writeFileSync(pidfile, `${pid}\n`)
    // Written a while ago: within the grain of the clocks nobody could tell.
    const earlier = Date.now() / 1000 - 1
    utimesSync(pidfile, earlier, earlier)
    await ask(`end ${pid}`)
  }
  const stranger = Number(await ask(`stranger ${pid}`))
  if (stranger !== pid) return undefined
  // In one tick of the clock two processes of one PID could not be told apart; no real PID comes back so fast.
  if (startTimeOf(pid) !== started) return pid
  await ask(`verdict ${pid}`)
  return undefined
}

async function runCli(verb: Verb, kind: Kind): Promise<number> {
  byCli += 1
  const words = verb === 'signal' ? [verb, kind, 'USR1'] : [verb, kind]
  const child = spawn(runner[0] ?? '', [...runner.slice(1), ...words], { stdio: 'ignore' })
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? -1)))
}

/** What each verb answers when there is a stranger in the daemon's place; null: whatever it likes. */
const EXPECTED: Readonly<Record<Verb, { readonly sure: number; readonly unsure: number }>> = {
  status: { sure: 1, unsure: 4 },
  stop: { sure: 0, unsure: 1 },
  reload: { sure: 7, unsure: 1 },
  signal: { sure: 7, unsure: 1 },
  'force-reload': { sure: 0, unsure: 1 },
  start: { sure: 0, unsure: 1 },
  restart: { sure: 0, unsure: 1 },
  condrestart: { sure: 0, unsure: 1 },
}

async function tryOnce(number: number): Promise<boolean> {
  const kind = KINDS[chance(KINDS.length)] ?? 'recorded'
  const verb = VERBS[chance(VERBS.length)] ?? 'status'
  const subject = subjects.get(kind)
  if (subject === undefined) throw new Error(kind)
  const pid = await deadDaemon(kind, subject)
  if (pid === undefined) return false
  const what = `${number}: ${verb} of ${kind}, pid ${pid}`
  const { condition } = await statusOne(host, subject)
  conditions[`${kind} ${condition.kind}`] = (conditions[`${kind} ${condition.kind}`] ?? 0) + 1
  if (condition.kind === 'running') problems.push(`${what}: the stranger was called running`)
  if (number % CLI_EVERY === 0) {
    const status = await runCli(verb, kind)
    const expected = EXPECTED[verb][condition.kind === 'unknown' ? 'unsure' : 'sure']
    if (status !== expected) problems.push(`${what}: the CLI ended with ${status} instead of ${expected}`)
  } else if (verb !== 'status') {
    const outcome = await perform(subject, requestOf(verb))
    if (outcome.pid === pid) problems.push(`${what}: the stranger was taken for the daemon`)
  }
  const verdict = await ask(`verdict ${pid}`)
  if (verdict !== 'none') problems.push(`${what}: the stranger got ${verdict}`)
  // A daemon that the verb has started ends here.
  const stopped = await perform(subject, { verb: 'stop' })
  if (stopped.failure !== undefined) problems.push(`${what}: then stop: ${stopped.failure.message}`)
  rmSync(subject.definition.pidfile, { force: true })
  return true
}

let reuses = 0
for (let tries = 0; reuses < Number(count) && problems.length < 10; tries += 1) {
  if (tries > Number(count) * 3 + 100) {
    problems.push(`the PID could be had only ${reuses} times of ${tries}`)
    break
  }
  if (await tryOnce(reuses + 1)) reuses += 1
}
const report: Report = { reuses, byCli, conditions, problems }
process.stdout.write(`${JSON.stringify(report)}\n`)
nursery.stdin.end()
process.exit(0)
