import { expect } from 'vitest'
import { PERL, findProcess, kill, scenario, type Outcome, type Rig } from './rig.ts'
import { ask, watch } from './watching.ts'

const perl = (text: string): readonly string[] => [PERL, '-e', text, '--']

/** A daemon with actions of every kind. */
function define(rig: Rig, fields: Readonly<Record<string, string | number>> = {}): void {
  rig.define('d', {
    command: rig.fixture('counts-signals.pl', rig.path('signals')),
    stop: { schedule: 'KILL/5' },
    ...fields,
    actions: {
      dump: { signal: 'USR1', description: 'tells of itself' },
      // Who it is for, and what it was given.
      tell: { command: perl('print "$ENV{MAINPID} [@ARGV]\\n"; print STDERR "aside\\n"'), timeout: '10s' },
      fail: { command: perl('print "no keys\\n"; exit 9'), timeout: '10s' },
      hang: { command: perl('$SIG{TERM} = "IGNORE"; print "begun\\n"; sleep 1000 while 1'), timeout: '300ms' },
    },
  })
}

const told = (rig: Rig): readonly string[] => rig.read(rig.path('signals')).split('\n').filter(Boolean)
const signals = (rig: Rig): readonly string[] => told(rig).slice(1)
const perform = (rig: Rig, ...words: readonly string[]): Promise<Outcome> => rig.daemonctl(['do', ...words])

scenario('an action by signal reaches the main process, and nobody where nothing runs', async (rig) => {
  define(rig)
  const idle = await perform(rig, 'd', 'dump')
  expect([idle.status, idle.stderr]).toEqual([7, expect.stringContaining('not running')])
  await rig.daemonctl(['start', 'd'])
  await rig.until('it can be signalled', () => told(rig)[0] === 'ready')
  expect((await perform(rig, 'd', 'dump')).status).toBe(0)
  await rig.until('it has got it', () => signals(rig).length > 0)
  expect(signals(rig)).toEqual(['USR1'])
  const given = await perform(rig, 'd', 'dump', 'word')
  expect([given.status, given.stderr]).toEqual([2, expect.stringContaining('takes no arguments')])

  // Its PID in the pidfile is that of a process which has ended.
  const main = findProcess((await rig.status('d')).pid ?? 0)
  if (main === undefined) throw new Error('it does not run')
  kill(main, 'SIGKILL')
  expect((await perform(rig, 'd', 'dump')).status).toBe(7)
})

scenario('an action by command has its words, its output, its status and its bound', async (rig) => {
  define(rig)
  // It needs no daemon that runs: MAINPID says whether one does.
  const alone = await perform(rig, 'd', 'tell')
  expect([alone.status, alone.stdout]).toEqual([0, expect.stringMatching(/^ \[\]$/m)])
  await rig.daemonctl(['start', 'd'])
  const pid = rig.pid('d')
  const given = await perform(rig, 'd', 'tell', 'a b', '$HOME', "it's")
  expect([given.status, given.stdout]).toEqual([0, expect.stringContaining(`${pid} [a b $HOME it's]\n`)])
  expect((await perform(rig, 'd', 'tell', '--', '--flag', '-x')).stdout).toContain(`${pid} [--flag -x]\n`)
  rig.define('sh', { command: 'exec sleep 1000', shell: true, actions: { shout: { command: 'echo "$0 $# $2"' } } })
  expect((await perform(rig, 'sh', 'shout', 'one', 'two words')).stdout).toBe('shout 2 two words\n')

  const failed = await perform(rig, 'd', 'fail')
  expect([failed.status, failed.stdout]).toEqual([1, ''])
  expect(failed.stderr).toContain('the action fail ended with exit status 9')
  expect(failed.stderr).toContain('no keys')

  const hung = await perform(rig, 'd', 'hang')
  expect([hung.status, hung.stderr]).toEqual([1, expect.stringContaining('300 ms')])
  await rig.until('nothing of it is left', () => rig.copies('begun').length === 0)

  const json = await perform(rig, 'd', 'fail', '--json')
  expect(JSON.parse(json.stdout)).toMatchObject({
    version: 1,
    daemons: [{ name: 'd', action: 'fail', status: 1, output: ['no keys'], failure: { reason: 'failed' } }],
  })
  const history = await rig.daemonctl(['history', 'd'])
  expect(history.stdout).toMatch(/tell/)
  expect(history.stdout).toMatch(/hang/)
  expect(findProcess(pid)).toBeDefined()
})

scenario(
  'what there is to do is told by do, by its help and by completion; what there is not, with what is meant',
  async (rig) => {
    define(rig)
    const listed = await perform(rig, 'd')
    expect([listed.status, listed.stdout]).toEqual([0, expect.stringMatching(/^dump +tells of itself$/m)])
    expect((await perform(rig, 'd', '--names')).stdout).toBe('dump\ntell\nfail\nhang\n')
    expect(JSON.parse((await perform(rig, 'd', '--json')).stdout)).toMatchObject({
      daemons: [{ name: 'd', actions: ['dump', 'tell', 'fail', 'hang'] }],
    })
    for (const words of [
      ['do', 'd', '--help'],
      ['help', 'do', 'd'],
    ]) {
      const help = await rig.daemonctl(words)
      expect([help.status, help.stdout]).toEqual([
        0,
        expect.stringMatching(/USAGE[^]*\nACTIONS OF d\ndump +tells of itself\n/),
      ])
    }
    const near = await perform(rig, 'd', 'dmup')
    expect([near.status, near.stderr]).toEqual([2, expect.stringContaining('did you mean dump?')])
    const far = await perform(rig, 'd', 'constructor')
    expect([far.status, far.stderr]).toEqual([2, expect.stringContaining('there are: dump, tell, fail, hang')])
    expect((await perform(rig)).status).toBe(2)
    expect((await perform(rig, 'nobody', 'dump')).status).toBe(6)
  },
)

scenario('an action that bears the name of a verb is refused, and nothing is started', async (rig) => {
  rig.define('d', {
    command: rig.fixture('obedient.pl'),
    actions: { stop: { signal: 'USR1' }, '--help': { signal: 'USR2' } },
  })
  const checked = await rig.daemonctl(['check', 'd'])
  expect([checked.status, checked.stderr]).toEqual([6, expect.stringMatching(/d\.toml:\d+:\d+: .*stop/)])
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(6)
  expect((await perform(rig, 'd', 'stop')).status).toBe(6)
  expect(rig.processes()).toEqual([])
})

scenario(
  'actions go through the control socket of a watcher as well, and are written down as whose they were',
  async (rig) => {
    define(rig)
    const watcher = await watch(rig)
    const socket = rig.path('run', 'watch.sock')
    await rig.until('it can be signalled', () => told(rig)[0] === 'ready')
    const pid = rig.pid('d')
    expect(await ask(socket, 'action', { name: 'd', action: 'tell', args: ['x', 'y z'] })).toEqual({
      output: expect.arrayContaining([`${pid} [x y z]`]),
    })
    await ask(socket, 'action', { name: 'd', action: 'dump' })
    await rig.until('it has got it', () => signals(rig).includes('USR1'))
    await expect(ask(socket, 'action', { name: 'd', action: 'fail' })).rejects.toThrow('exit status 9')
    await expect(ask(socket, 'action', { name: 'd', action: 'tel' })).rejects.toThrow('no action')
    // While a watcher is there, the command does the same.
    expect((await perform(rig, 'd', 'tell', 'beside')).stdout).toContain(`${pid} [beside]\n`)
    expect(watcher.count('d', 'started')).toBe(1)
    await watcher.end()
  },
)

scenario('whoever is not root has actions of his own daemons', { as: 'nobody' }, async (rig) => {
  define(rig)
  await rig.daemonctl(['start', 'd'])
  const pid = rig.pid('d')
  expect((await perform(rig, 'd', 'tell', 'me')).stdout).toContain(`${pid} [me]\n`)
  await rig.until('it can be signalled', () => told(rig)[0] === 'ready')
  expect((await perform(rig, 'd', 'dump')).status).toBe(0)
  await rig.until('it has got it', () => signals(rig).includes('USR1'))
  await rig.daemonctl(['stop', 'd'])
})
