import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { expect } from 'vitest'
import { scenario, transcript, type Rig } from './rig.ts'
import { textOf } from './processes.ts'

const LANGUAGES = [
  { language: 'php', program: 'php' },
  { language: 'node', program: 'node' },
  { language: 'python', program: 'python3' },
  { language: 'sh', program: 'sh' },
] as const
const TOOLS = ['flock', 'setsid', 'setpriv']

interface Report {
  readonly checks: readonly { readonly id: string; readonly result: string; readonly why: string | null }[]
}

const make = (rig: Rig, name: string, ...words: readonly string[]) =>
  rig.daemonctl(['new', name, '--output', rig.path('made'), ...words])

async function proveMade(rig: Rig, name: string): Promise<void> {
  const outcome = await rig.daemonctl(['prove', name, '--file', rig.path('made', `${name}.toml`), '--json'])
  const { checks } = JSON.parse(outcome.stdout) as Report
  expect(
    checks.filter(({ result }) => result === 'failed' || result === 'untested'),
    transcript(outcome),
  ).toEqual([])
  expect(outcome.status).toBe(0)
  expect(rig.processes()).toEqual([])
}

for (const { language, program } of LANGUAGES) {
  for (const mode of ['--foreground', '--forking']) {
    for (const workers of [[], ['--workers', '2']]) {
      const title = `a new daemon in ${language} (${[mode, ...workers].join(' ')}) proves good`
      scenario(title, { needs: [program, ...TOOLS], seconds: 120 }, async (rig) => {
        const made = await make(rig, 'made', '--lang', language, mode, ...workers)
        expect(made.status, transcript(made)).toBe(0)
        await proveMade(rig, 'made')
      })
    }
  }

  scenario(
    `run as root, a new daemon in ${language} drops to a user`,
    { root: true, needs: [program, ...TOOLS] },
    async (rig) => {
      await make(rig, 'dropper', '--lang', language)
      const file = rig.path('made', 'dropper.toml')
      // Where the user may write: the definition itself must lie where only root may.
      mkdirSync(rig.path('free'))
      chmodSync(rig.path('free'), 0o777)
      chmodSync(rig.directory, 0o755)
      const text = rig.read(file).replaceAll(/made\/dropper\.(lock|sock)/g, 'free/dropper.$1')
      rig.write(file, text.replace(/^# RUN_AS = "[^"]*"/m, 'RUN_AS = "nobody"'))
      const started = await rig.daemonctl(['start', 'dropper', '--file', file])
      expect(started.status, transcript(started)).toBe(0)
      const status = textOf(`/proc/${rig.pid('dropper')}/status`)
      const nobody = textOf('/etc/passwd').match(/^nobody:[^:]*:(\d+):(\d+)/m)
      const [, uid = '', gid = ''] = nobody ?? []
      expect(/^Uid:\t(.*)$/m.exec(status)?.[1]).toBe([uid, uid, uid, uid].join('\t'))
      expect(/^Gid:\t(.*)$/m.exec(status)?.[1]).toBe([gid, gid, gid, gid].join('\t'))
      expect((/^Groups:\t(.*)$/m.exec(status)?.[1] ?? '').trim().split(' ')).toEqual([gid])
      expect((await rig.daemonctl(['stop', 'dropper', '--file', file])).status).toBe(0)
    },
  )
}

scenario('nothing is overwritten, and nothing is half done', async (rig) => {
  await make(rig, 'once', '--lang', 'sh')
  const before = rig.read(rig.path('made', 'once.sh'))
  const again = await make(rig, 'once', '--lang', 'python')
  expect(again.status).toBe(1)
  expect(again.stderr).toContain('once.toml is there already')
  expect(rig.read(rig.path('made', 'once.sh'))).toBe(before)
  expect(readdirSync(rig.path('made')).toSorted()).toEqual(['once.sh', 'once.toml'])
  expect(statSync(rig.path('made', 'once.sh')).mode & 0o777).toBe(0o755)
})

scenario('a name must be one of a daemon', async (rig) => {
  for (const name of ['../evil', 'a b', 'x@1']) {
    expect((await make(rig, name, '--lang', 'sh')).status, name).toBe(2)
  }
  expect((await make(rig, 'x', '--lang', 'cobol')).status).toBe(2)
  expect((await make(rig, 'x', '--lang', 'sh', '--forking', '--foreground')).status).toBe(2)
})

scenario('with WATCHDOG=shutdown the death of a worker is the end of all', { needs: ['python3'] }, async (rig) => {
  await make(rig, 'strict', '--lang', 'python', '--workers', '2')
  const file = rig.path('made', 'strict.toml')
  rig.write(file, rig.read(file).replace('WATCHDOG = "forever"', 'WATCHDOG = "shutdown"'))
  await rig.daemonctl(['start', 'strict', '--file', file])
  const main = rig.pid('strict')
  const workers = () => rig.processes().filter(({ parent }) => parent === main)
  await rig.until('two workers', () => workers().length === 2)
  process.kill(workers()[0]?.pid ?? 0, 'SIGKILL')
  await rig.until('all have ended', () => rig.processes().length === 0)
})

scenario('a worker that dies is replaced', { needs: ['python3'] }, async (rig) => {
  await make(rig, 'lasting', '--lang', 'python', '--workers', '2')
  const file = rig.path('made', 'lasting.toml')
  await rig.daemonctl(['start', 'lasting', '--file', file])
  const main = rig.pid('lasting')
  const workers = () =>
    rig
      .processes()
      .filter(({ parent }) => parent === main)
      .map(({ pid }) => pid)
  await rig.until('two workers', () => workers().length === 2)
  const [victim = 0] = workers()
  process.kill(victim, 'SIGKILL')
  await rig.until('another one', () => workers().length === 2 && !workers().includes(victim))
  await rig.daemonctl(['stop', 'lasting', '--file', file])
})
