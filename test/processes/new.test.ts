import { chownSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { scenario, transcript, type Rig } from './rig.ts'
import { Random } from '../simulation/random.ts'
import { lives, textOf, type Process } from './processes.ts'

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

async function proveMade(rig: Rig, name: string, excused: readonly string[] = []): Promise<void> {
  const outcome = await rig.daemonctl(['prove', name, '--file', rig.path('made', `${name}.toml`), '--json'])
  const { checks } = JSON.parse(outcome.stdout) as Report
  expect(
    checks.filter(({ id, result }) => (result === 'failed' || result === 'untested') && !excused.includes(id)),
    transcript(outcome),
  ).toEqual([])
  expect(outcome.status).toBe(checks.some(({ result }) => result === 'failed') ? 1 : 0)
  expect(rig.processes()).toEqual([])
}

const mainOf = (rig: Rig, name: string): number =>
  Number(rig.read(rig.path('made', `${name}.pid`)) || rig.read(rig.pidfile(name)))

/** Of a master; what a shell has begun to wait by is none. */
const workersOf = (rig: Rig, main: number): readonly Process[] =>
  rig.processes().filter(({ parent, name }) => parent === main && name !== 'sleep')

function idsOf(user: string): readonly [uid: number, gid: number] {
  const [, uid = '', gid = ''] = new RegExp(`^${user}:[^:]*:(\\d+):(\\d+)`, 'm').exec(textOf('/etc/passwd')) ?? []
  return [Number(uid), Number(gid)]
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

  for (const mode of ['--foreground', '--forking']) {
    const ofMode = `in ${language} (${mode} --workers 2)`
    scenario(
      `a new daemon ${ofMode} proves good without root`,
      { as: 'nobody', needs: [program, ...TOOLS], seconds: 120 },
      async (rig) => {
        await make(rig, 'made', '--lang', language, mode, '--workers', '2')
        await proveMade(rig, 'made')
      },
    )

    scenario(
      `run as root, a new daemon ${ofMode} drops to a user, and proves good`,
      { root: true, needs: [program, ...TOOLS], seconds: 120 },
      async (rig) => {
        await make(rig, 'dropper', '--lang', language, mode, '--workers', '2')
        const file = rig.path('made', 'dropper.toml')
        // Where the user may write: the definition itself must lie where only root may.
        mkdirSync(rig.path('free'))
        const [uid, gid] = idsOf('nobody')
        chownSync(rig.path('free'), uid, gid)
        const text = rig.read(file).replaceAll(/made\/dropper\.(lock|sock|log)/g, 'free/dropper.$1')
        rig.write(file, text.replace(/^# RUN_AS = "[^"]*"/m, 'RUN_AS = "nobody"'))
        const started = await rig.daemonctl(['start', 'dropper', '--file', file])
        expect(started.status, transcript(started)).toBe(0)
        await rig.until('two workers', () => workersOf(rig, mainOf(rig, 'dropper')).length === 2)
        for (const { pid } of rig.processes()) {
          const status = textOf(`/proc/${pid}/status`)
          expect(/^Uid:\t(.*)$/m.exec(status)?.[1]).toBe([uid, uid, uid, uid].join('\t'))
          expect(/^Gid:\t(.*)$/m.exec(status)?.[1]).toBe([gid, gid, gid, gid].join('\t'))
          expect((/^Groups:\t(.*)$/m.exec(status)?.[1] ?? '').trim().split(' ')).toEqual([String(gid)])
        }
        expect((await rig.daemonctl(['stop', 'dropper', '--file', file])).status).toBe(0)
        // What its log is renamed to and made anew in lies where only root may write.
        await proveMade(rig, 'dropper', ['reopen'])
      },
    )
  }

  scenario(
    `workers in ${language} that are killed at random are replaced, and all end`,
    { needs: [program, ...TOOLS] },
    async (rig) => {
      await make(rig, 'lasting', '--lang', language, '--workers', '3')
      const file = rig.path('made', 'lasting.toml')
      await rig.daemonctl(['start', 'lasting', '--file', file])
      const main = mainOf(rig, 'lasting')
      const random = new Random(language.length)
      for (let round = 0; round < 4; round += 1) {
        await rig.until('three workers', () => workersOf(rig, main).length === 3)
        const victims = workersOf(rig, main).filter(() => random.chance(0.6))
        if (random.chance(0.5)) process.kill(main, 'SIGHUP')
        for (const { pid } of victims) process.kill(pid, random.chance(0.5) ? 'SIGKILL' : 'SIGTERM')
        await rig.until('they are gone', () => !victims.some((victim) => lives(victim)))
      }
      await rig.until('three workers', () => workersOf(rig, main).length === 3)
      process.kill(workersOf(rig, main)[0]?.pid ?? 0, 'SIGKILL')
      const stopped = await rig.daemonctl(['stop', 'lasting', '--file', file])
      expect(stopped.status, transcript(stopped)).toBe(0)
      expect(rig.processes()).toEqual([])
    },
  )

  scenario(`workers in ${language} do not outlive their master`, { needs: [program, ...TOOLS] }, async (rig) => {
    await make(rig, 'orphaned', '--lang', language, '--workers', '2')
    await rig.daemonctl(['start', 'orphaned', '--file', rig.path('made', 'orphaned.toml')])
    const main = mainOf(rig, 'orphaned')
    await rig.until('two workers', () => workersOf(rig, main).length === 2)
    process.kill(main, 'SIGKILL')
    await rig.until('all have ended', () => rig.processes().length === 0)
  })

  // In a shell a signal is the end of a process that has not set its traps yet.
  if (language === 'sh') continue
  scenario(
    `a worker in ${language} that is just beginning is not harmed by signals`,
    { needs: [program, ...TOOLS] },
    async (rig) => {
      await make(rig, 'young', '--lang', language, '--workers', '2')
      await rig.daemonctl(['start', 'young', '--file', rig.path('made', 'young.toml')])
      const main = mainOf(rig, 'young')
      for (let times = 0; times < 20; times += 1) {
        process.kill(main, times % 2 === 0 ? 'SIGHUP' : 'SIGUSR1')
        await sleep(10)
      }
      await rig.until('two workers', () => workersOf(rig, main).length === 2)
      expect(rig.read(rig.path('made', 'young.log'))).not.toContain(' ended')
      await rig.daemonctl(['stop', 'young', '--file', rig.path('made', 'young.toml')])
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
