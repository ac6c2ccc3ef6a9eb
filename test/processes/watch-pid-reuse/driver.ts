import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs in a PID namespace. Again and again the daemon `d` dies behind the back of its watcher, which is suspended or
 * dead, and a stranger gets its very PID. Then the watcher may look: it must start `d` anew and leave the stranger alone.
 *
 * driver COUNT NURSERY PERL PIDFILE RUNNER...
 */
export interface Report {
  readonly reuses: number
  readonly problems: readonly string[]
}

const [count = '1', nurseryScript = '', perl = '', pidfile = '', ...runner] = process.argv.slice(2)
const problems: string[] = []

const nursery = spawn(perl, [nurseryScript], { stdio: ['pipe', 'pipe', 'inherit'] })
const answers = createInterface({ input: nursery.stdout })[Symbol.asyncIterator]()
async function ask(line: string): Promise<string> {
  nursery.stdin.write(`${line}\n`)
  const answer = await answers.next()
  if (answer.done === true) throw new Error(`the nursery has ended at ${line}`)
  return answer.value
}

const text = (path: string): string => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not so in time: ${what}`)
    await sleep(5)
  }
}

const startTimeOf = (pid: number): string => {
  const stat = text(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

interface Watcher {
  readonly child: ChildProcess
  has(kind: string): boolean
  said(): string
}

function beginWatcher(): Watcher {
  const child = spawn(runner[0] ?? '', [...runner.slice(1), 'watch', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  return { child, said: () => said, has: (kind) => said.includes(`"kind":"${kind}"`) }
}

async function killed({ child }: Watcher): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** Whether the stranger could be had. */
async function tryOnce(
  number: number,
  before: Watcher,
): Promise<{ readonly watcher: Watcher; readonly reused: boolean }> {
  // Started by a watcher that is dead by now: it is nobody's child, and its PID is free as soon as it has ended.
  await killed(before)
  const whileDead = number % 2 === 0
  const pid = Number(text(pidfile))
  const started = startTimeOf(pid)
  const adopting = whileDead ? undefined : beginWatcher()
  if (adopting !== undefined) {
    await until('the daemon is adopted', () => adopting.has('adopted'))
    adopting.child.kill('SIGSTOP')
    await until('the watcher is suspended', () => text(`/proc/${adopting.child.pid}/stat`).includes(') T '))
  }
  process.kill(pid, 'SIGKILL')
  await until('the daemon is gone', () => !existsSync(`/proc/${pid}`))
  const stranger = Number(await ask(`stranger ${pid}`))
  const reused = stranger === pid && startTimeOf(pid) !== started
  const watcher = adopting ?? beginWatcher()
  watcher.child.kill('SIGCONT')
  await until(`it is up again:\n${watcher.said()}`, () => watcher.has('started'))
  const now = Number(text(pidfile))
  if (now === pid) problems.push(`${number}: the stranger was taken for the daemon: ${watcher.said()}`)
  if (stranger === pid) {
    const verdict = await ask(`verdict ${pid}`)
    if (verdict !== 'none') problems.push(`${number}: the stranger got ${verdict}: ${watcher.said()}`)
  }
  return { watcher, reused }
}

let watcher = beginWatcher()
await until('the daemon is up', () => watcher.has('started'))
let reuses = 0
for (let tries = 1; reuses < Number(count) && problems.length < 5; tries += 1) {
  if (tries > Number(count) * 3 + 20) {
    problems.push(`the PID could be had only ${reuses} times of ${tries}`)
    break
  }
  const tried = await tryOnce(tries, watcher)
  watcher = tried.watcher
  if (tried.reused) reuses += 1
}
await killed(watcher)
const report: Report = { reuses, problems }
process.stdout.write(`${JSON.stringify(report)}\n`)
nursery.stdin.end()
process.exit(0)
