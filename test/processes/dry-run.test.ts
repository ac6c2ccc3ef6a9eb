import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { scenario, type Fields, type Rig } from './rig.ts'

interface Plans {
  readonly daemons: readonly {
    readonly condition: string
    readonly plan: string
    readonly steps: readonly { readonly do: string }[]
  }[]
}

/** Everything at a place: names, modes, times and contents. What only reads leaves it as it is. */
function tree(directory: string): readonly string[] {
  return (
    readdirSync(directory, { recursive: true })
      .map(String)
      // Compiled code is no part of what daemonctl does.
      .filter((path) => !path.startsWith('cache'))
      .toSorted()
      .map((path) => {
        const { mode, mtimeMs, size } = lstatSync(join(directory, path))
        const isFile = (mode & 0o170000) === 0o100000
        return `${path} ${mode.toString(8)} ${mtimeMs} ${size} ${isFile ? readFileSync(join(directory, path), 'latin1') : ''}`
      })
  )
}

/** What each step leaves behind that can be seen from outside. */
const WITNESSED: Readonly<Record<string, string>> = {
  'test-config': 'config-test',
  'run-hook': 'hook',
  'run-stop-command': 'stop-command',
  'run-reload-command': 'reload-command',
}

function define(rig: Rig, extra: Fields = {}): void {
  const say = (word: string): string[] => ['/bin/sh', '-c', `echo ${word} >>"$0"`, rig.path('done')]
  rig.define('d', {
    command: rig.fixture('obedient.pl'),
    'config-test': say('config-test'),
    'lock-file': rig.path('subsys'),
    hooks: {
      'pre-start': say('hook'),
      'post-start': say('hook'),
      'pre-stop': say('hook'),
      'post-stop': say('hook'),
      'pre-reload': say('hook'),
    },
    stop: { command: say('stop-command'), timeout: '100ms', schedule: 'TERM/5/KILL/5' },
    ...extra,
  })
}

for (const reload of ['signal', 'command'] as const) {
  scenario(
    `P6 --dry-run of every verb says what the real run then does, and does nothing (reload by ${reload})`,
    async (rig) => {
      const by = { command: ['/bin/sh', '-c', 'echo reload-command >>"$0"', rig.path('done')] }
      define(rig, reload === 'command' ? { reload: by } : {})
      let done = 0
      for (const verb of [
        'start',
        'start',
        'reload',
        'force-reload',
        'restart',
        'condrestart',
        'signal',
        'stop',
        'stop',
        'condrestart',
        'reload',
      ]) {
        const words = verb === 'signal' ? [verb, 'd', 'USR1'] : [verb, 'd']
        const before = tree(rig.directory)
        const alive = rig.processes().map(({ pid }) => pid)
        const dry = await rig.daemonctl([...words, '--dry-run', '--json'])
        expect((await rig.daemonctl([...words, '--dry-run'])).status).toBe(dry.status)
        expect(tree(rig.directory), verb).toEqual(before)
        expect(rig.processes().map(({ pid }) => pid)).toEqual(alive)
        const [plan] = (JSON.parse(dry.stdout) as Plans).daemons

        const real = await rig.daemonctl(words)
        expect([verb, real.status]).toEqual([verb, dry.status])
        const steps = plan?.steps.map((step) => step.do) ?? []
        const said = rig.read(rig.path('done')).trim().split('\n').filter(Boolean)
        expect([verb, said.slice(done)]).toEqual([verb, steps.flatMap((step) => WITNESSED[step] ?? [])])
        done = said.length
        const after = rig.processes().map(({ pid }) => pid)
        expect([verb, after.length > 0 && after[0] !== alive[0]]).toEqual([verb, steps.includes('launch')])
        expect([verb, alive.length > 0 && after.length === 0]).toEqual([
          verb,
          steps.includes('forget') && !steps.includes('launch'),
        ])
        if (steps.includes('make-lock-file'))
          expect(rig.read(rig.path('subsys')) === '' && lstatSync(rig.path('subsys')).isFile()).toBe(true)
      }
    },
  )
}

scenario('P6 --dry-run over a stale pidfile and leftovers names what it would clean', async (rig) => {
  define(rig)
  rig.write(rig.pidfile('d'), '0\n')
  const dry = await rig.daemonctl(['start', 'd', '-n'])
  expect(dry.stdout).toMatch(/unknown: its pidfile holds "0"/)
  expect(dry.stdout).toContain(`remove the pidfile ${rig.pidfile('d')}`)
  expect([dry.stderr, rig.read(rig.pidfile('d'))]).toEqual(['', '0\n'])
})
