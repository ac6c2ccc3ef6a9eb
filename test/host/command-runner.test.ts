import { chmodSync, existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ExecaCommandRunner } from '../../src/host/command-runner.ts'
import type { CommandOutcome, CommandRequest } from '../../src/host/host.ts'
import { pathChanged } from '../../src/host/path-watch.ts'
import { findProgram } from '../../src/host/spawner.ts'
import { switchProblem, userSwitch } from '../../src/host/user-switch.ts'
import { STRANGER, isRoot, rootOnly, scratch, uid, untilTestEnds } from './scratch.ts'

const PATH = '/usr/bin:/bin'
const setpriv = findProgram('setpriv', PATH)
const stranger = { user: 'stranger', uid: STRANGER, gid: STRANGER, groups: [STRANGER, 7], home: '/', shell: '/bin/sh' }

const runner = new ExecaCommandRunner({ uid, setpriv, patience: 100 })

function run(
  argv: readonly string[],
  changes: Partial<CommandRequest> = {},
  signal?: AbortSignal,
): Promise<CommandOutcome> {
  const request = {
    command: { argv, shell: false },
    environment: { PATH },
    directory: '/',
    credentials: undefined,
    within: 15_000,
    ...changes,
  }
  return runner.run(request, signal)
}

const sh = (script: string, changes: Partial<CommandRequest> = {}, signal?: AbortSignal): Promise<CommandOutcome> =>
  run(['/bin/sh', '-c', script], changes, signal)

/** Waits until a process has told its PID in a file. */
async function pidIn(path: string): Promise<number> {
  const signal = untilTestEnds()
  for (;;) {
    const changed = pathChanged(path, signal, 50)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    if (text.endsWith('\n')) return Number(text)
    await changed
  }
}

/** A zombie has ended, though its parent may be slow to ask. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

describe('a command', () => {
  it('tells how it ended and what it said on both streams', async () => {
    expect(await sh('echo out; echo err >&2; exit 3')).toEqual({
      exit: { kind: 'code', code: 3 },
      timedOut: false,
      output: expect.arrayContaining(['out', 'err']) as string[],
      unable: undefined,
    })
  })

  it('may die of a signal', async () => {
    expect(await sh('kill -USR1 $$')).toMatchObject({ exit: { kind: 'signal', signal: 'USR1' }, timedOut: false })
  })

  it('gets its arguments as they are, no shell between', async () => {
    expect(await run(['printf', '%s|', '$HOME', 'a b', '*', "'"])).toMatchObject({ output: ["$HOME|a b|*|'|"] })
  })

  it('gets exactly the environment that is given', async () => {
    const { output } = await run(['env'], { environment: { PATH, ONLY: 'this one' } })
    expect([...output].sort()).toEqual(['ONLY=this one', `PATH=${PATH}`])
  })

  it('runs in its directory, without input, in a session of its own', async () => {
    const directory = realpathSync(scratch())
    const { output } = await sh('pwd; cat | wc -c; cut -d" " -f1,5,6 /proc/$$/stat; echo $$', { directory })
    const [where, read, [pid, group, session] = [], self] = [output[0], output[1], output[2]?.split(' '), output[3]]
    expect([where, read?.trim(), pid]).toEqual([directory, '0', self])
    expect([group, session]).toEqual([self, self])
  })

  it('may say much: its end is kept', async () => {
    const { output } = await sh('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done')
    expect(output).toHaveLength(200)
    expect(output.at(-1)).toBe('line 19999')
  })

  it('may say much in one line', async () => {
    const { output } = await sh('head -c 1000000 /dev/zero | tr "\\0" x; echo; echo end')
    expect(output).toEqual(['end'])
  })
})

describe('a command that cannot be run', () => {
  it.each([
    ['no-such-program', 'there is no program no-such-program in /usr/bin:/bin'],
    ['/no/such/program', '/no/such/program cannot be executed: no such file or directory'],
    ['/etc', '/etc is not a program'],
  ])('%s says why', async (program, why) => {
    expect(await run([program])).toEqual({ exit: { kind: 'unseen' }, timedOut: false, output: [], unable: why })
  })

  it('is a file that may not be executed', async () => {
    const path = join(scratch(), 'script')
    writeFileSync(path, '#!/bin/sh\n', { mode: 0o644 })
    expect(await run([path])).toMatchObject({ unable: `${path} cannot be executed: permission denied` })
  })

  it('is a script whose interpreter is missing', async () => {
    const path = join(scratch(), 'script')
    writeFileSync(path, '#!/no/such/interpreter\n')
    chmodSync(path, 0o755)
    expect((await run([path])).unable).toEqual(expect.any(String))
  })

  it('would run in a directory that is not there', async () => {
    expect(await run(['true'], { directory: '/no/such' })).toMatchObject({ unable: 'there is no directory /no/such' })
  })
})

describe('a command whose time is up', () => {
  it('is asked to end', async () => {
    expect(await sh('trap "echo bye; exit 9" TERM; echo hi; sleep 60 & wait', { within: 300 })).toMatchObject({
      exit: { kind: 'code', code: 9 },
      timedOut: true,
    })
  })

  it('is killed with all that it began, when it does not listen', async () => {
    const file = join(scratch(), 'pid')
    const ending = sh(`trap "" TERM; sh -c 'trap "" TERM; echo $$ >${file}; while :; do sleep 60; done' & wait; wait`, {
      within: 300,
    })
    const child = await pidIn(file)
    expect(await ending).toMatchObject({ exit: { kind: 'signal', signal: 'KILL' }, timedOut: true })
    expect(isAlive(child)).toBe(false)
  })

  it('takes with it what outlives it', async () => {
    const file = join(scratch(), 'pid')
    const ending = sh(`sh -c 'trap "" TERM; echo $$ >${file}; while :; do sleep 60; done' & wait`, { within: 300 })
    const child = await pidIn(file)
    expect(await ending).toMatchObject({ exit: { kind: 'signal', signal: 'TERM' }, timedOut: true })
    expect(isAlive(child)).toBe(false)
  })

  it('is one that was aborted as well', async () => {
    const controller = new AbortController()
    const ending = sh('sleep 60', {}, controller.signal)
    controller.abort()
    expect(await ending).toMatchObject({ timedOut: true })
  })
})

it('does not wait for what a command leaves in the background with its pipes', async () => {
  const file = join(scratch(), 'pid')
  expect(await sh(`sleep 60 & echo $! >${file}; echo said`)).toMatchObject({
    exit: { kind: 'code', code: 0 },
    output: ['said'],
  })
  const left = await pidIn(file)
  expect(isAlive(left)).toBe(true)
  process.kill(left, 'SIGKILL')
})

describe('a command of another user', () => {
  it.skipIf(!isRoot)(rootOnly('has his groups and no others'), async () => {
    const { output } = await sh('id -u; id -g; id -G', { credentials: stranger })
    expect([output[0], output[1]]).toEqual([String(STRANGER), String(STRANGER)])
    expect(output[2]?.split(' ').sort()).toEqual(['7', String(STRANGER)].sort())
  })

  it.skipIf(!isRoot)(rootOnly('has his main group only, without setpriv'), async () => {
    const poor = new ExecaCommandRunner({ uid, setpriv: undefined })
    const { output } = await poor.run({
      command: { argv: ['/bin/sh', '-c', 'id -u; id -G'], shell: false },
      environment: { PATH },
      directory: '/',
      credentials: stranger,
      within: 15_000,
    })
    expect(output).toEqual([String(STRANGER), String(STRANGER)])
  })

  it('is for root to run', () => {
    expect(userSwitch(stranger, 1000, '/usr/bin/setpriv')).toEqual({
      ok: false,
      error: 'only root can run a command as stranger',
    })
    expect(userSwitch(stranger, STRANGER, undefined)).toEqual({ ok: true, value: { before: [], ids: {} } })
    expect(userSwitch({ ...stranger, groups: [] }, 0, '/bin/setpriv')).toMatchObject({
      value: { before: ['/bin/setpriv', expect.any(String), expect.any(String), '--clear-groups', '--'] },
    })
  })

  it('that setpriv could not begin says so', () => {
    expect(switchProblem(127, ['setpriv: failed to execute x: No such file or directory'])).toBe(
      'failed to execute x: No such file or directory',
    )
    expect(switchProblem(1, ['setpriv: is a fine program'])).toBeUndefined()
    expect(switchProblem(127, ['sh: x: not found'])).toBeUndefined()
    expect(switchProblem(127, [])).toBeUndefined()
  })
})
