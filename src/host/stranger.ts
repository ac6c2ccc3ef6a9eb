import { spawn } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Script } from 'node:vm'
import type { SignalName } from '../base/signals.ts'
import type { Stranger } from './host.ts'
import { isSingleExecutable } from './own-program.ts'

/**
 * It counts what it gets and answers each question with it; of what ends a process it dies, so that whoever waits for
 * its end need not wait in vain. It ends by itself when nobody can ask any more. A signal and a question that come
 * together may be seen in either order: only the second question is sure to come after the signal.
 */
const PROGRAM = `
const got = []
for (const name of ['HUP', 'USR1', 'USR2', 'ALRM', 'WINCH', 'CONT']) process.on('SIG' + name, () => got.push(name))
process.stdin.on('data', (text) => { for (const _ of String(text)) process.stdout.write(got.splice(0).join(' ') + '\\n') })
process.stdin.on('end', () => process.exit(0))
process.stdout.write('ready\\n')
`

/** Node inside of our own file runs no other program than ours, which is asked to be this one: main.ts. */
export function beStranger(): Promise<never> {
  new Script(`(process) => {${PROGRAM}}`).runInThisContext()(process)
  return new Promise(() => {})
}

let count = 0

/** Our own interpreter under another name: a symbolic link gives its name to the process that executes it. execve(2) */
export async function beginStranger(directory: string, name: string, title: string): Promise<Stranger> {
  const link = join(directory, name)
  symlinkOnce(process.execPath, link)
  const own = isSingleExecutable()
  const child = spawn(link, [...(own ? [] : ['-e', PROGRAM]), `stranger-${(count += 1)}`], {
    argv0: title,
    cwd: '/',
    env: own ? { DAEMONCTL_STRANGER: '1' } : {},
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<string | undefined> => {
    const { done, value } = await lines.next()
    return done === true ? undefined : value
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const failed = new Promise<never>((_resolve, reject) => child.once('error', reject))
  if ((await Promise.race([answer(), failed])) !== 'ready' || child.pid === undefined)
    throw new Error(`${link} did not begin`)
  return {
    pid: child.pid,
    async signals() {
      const got: SignalName[] = []
      for (let question = 0; question < 2; question += 1) {
        child.stdin.write('?')
        const said = await answer()
        if (said === undefined) {
          await ended
          return { alive: false, signals: [...got, ...(child.signalCode === null ? [] : [child.signalCode.slice(3)])] }
        }
        got.push(...said.split(' ').filter((name) => name !== ''))
      }
      return { alive: true, signals: got }
    },
    end() {
      child.stdin.end()
      child.kill('SIGKILL')
    },
  }
}

function symlinkOnce(target: string, path: string): void {
  try {
    symlinkSync(target, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
