import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesOf, install } from './made.ts'
import { skipped } from './machine/capable.ts'
import { bootSystemd } from './machine/machines.ts'
import type { Machine } from './machine/machine.ts'
import { HARDENINGS, type GenerateOptions } from '../../src/generate/options.ts'
import { RECIPES } from '../daemons/recipes/all.ts'
import { placeNowhere } from '../generate/given.ts'

const DEMOD = '/usr/local/sbin/demod'

/** Another root with another systemd, made by debootstrap: for trying one by hand. */
const root = process.env['DAEMONCTL_INITS_ROOT'] ?? '/'

describe.skipIf(skipped)('systemd', () => {
  let machine: Machine
  let systemdVersion = 0
  beforeAll(async () => {
    machine = await bootSystemd(root)
    systemdVersion = Number(/^systemd (\d+)/.exec(machine.must('systemctl --version'))?.[1])
  })
  afterAll(() => machine?.end())

  const unit = async (name: string, text: string, options: Partial<GenerateOptions> = {}): Promise<void> => {
    await install(machine, 'systemd', name, text, { systemdVersion, ...options })
    verify(name.endsWith('@') ? `${name}1` : name)
    machine.must('systemctl daemon-reload')
  }
  /** Only warnings give status 0 as well: nothing may be said. */
  const verify = (name: string): void => {
    const file = `/etc/systemd/system/${name.replace(/@.*/, '@')}.service`
    const { status, stdout, stderr } = machine.run(`systemd-analyze verify --man=no ${file}`)
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
  }
  const show = (name: string, property: string): string =>
    machine.must(`systemctl show --property ${property} --value ${name}`)
  const start = (name: string): void => void machine.must(`systemctl start ${name}`)
  const log = (name: string): string => machine.read(`/var/log/${name}.log`)
  const logged = (name: string, event: string): Promise<void> =>
    machine.until(`grep -q '${event}' /var/log/${name}.log`)

  test('of every daemon of the suite, in every form and tier: verify has nothing to say', async () => {
    const files: string[] = []
    for (const recipe of RECIPES) {
      for (const [form, { definition }] of Object.entries(recipe.forms)) {
        for (const hardening of HARDENINGS) {
          const name = `${recipe.name}-${form}-${hardening}`
          const [file] = await filesOf('systemd', name, definition(placeNowhere), { systemdVersion, hardening })
          if (file === undefined) throw new Error(`no unit of ${name}`)
          files.push(`cat >/srv/units/${file.name} <<'END OF UNIT'\n${file.text}END OF UNIT\n`)
        }
      }
    }
    expect(files.length).toBeGreaterThan(150)
    machine.must('mkdir /srv/units && sh -e', files.join(''))
    // What they execute need not be installed: that it can be executed is looked at as well.
    machine.must(`grep -hoE '^Exec[A-Za-z]*=[-+!:@]*"?/[^" ]+' /srv/units/* | sed 's/^[^/]*//' | sort -u |
      while read -r program; do [ -e "$program" ] || install -D -m 755 /bin/true "$program"; done`)
    const { status, stdout, stderr } = machine.run('systemd-analyze verify --man=no /srv/units/*')
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
  })

  test('each tier is safer than the one before, as systemd-analyze counts it', async () => {
    const scores: number[][] = []
    for (const more of ['', '\nuser = "demod"']) {
      const ofTiers: number[] = []
      for (const hardening of HARDENINGS) {
        await install(machine, 'systemd', 'scored', `command = ["${DEMOD}"]${more}`, { systemdVersion, hardening })
        machine.must('systemctl daemon-reload')
        const said = machine.must('systemd-analyze security --no-pager scored | tail -n 1')
        ofTiers.push(Number(/: ([\d.]+) /.exec(said)?.[1]))
      }
      scores.push(ofTiers)
    }
    // As docs/boot-files.md says; another version counts a little otherwise.
    if (systemdVersion === 252)
      expect(scores).toEqual([
        [9.6, 6.3, 2.9],
        [9.2, 6, 1.3],
      ])
    for (const ofTiers of scores) expect(ofTiers).toEqual(ofTiers.toSorted((a, b) => b - a))
  })

  test('start, reload, crash and respawn, stop', async () => {
    await unit(
      'plain',
      `command = ["${DEMOD}", "-c", "/etc/demod.conf", "-l", "/var/log/plain.log"]
config-test = ["${DEMOD}", "-c", "/etc/demod.conf", "-t"]
[respawn]
delay = "100ms"`,
    )
    start('plain')
    expect(machine.must('systemctl is-active plain')).toBe('active')
    const pid = show('plain', 'MainPID')
    await logged('plain', 'started')
    machine.must('systemctl reload plain')
    await logged('plain', 'reloaded')
    expect(show('plain', 'MainPID')).toBe(pid)
    machine.must(`kill -s KILL ${pid}`)
    await machine.until('[ "$(systemctl show --property NRestarts --value plain)" = 1 ] && systemctl is-active plain')
    machine.must('systemctl stop plain')
    expect(machine.run('systemctl is-active plain').status).toBe(3)
    expect(show('plain', 'Result')).toBe('success')
  })

  test('a bad configuration prevents a start, and a reload', async () => {
    await unit(
      'bad',
      `command = ["${DEMOD}", "-c", "/etc/bad.conf", "-l", "/var/log/bad.log"]
config-test = ["${DEMOD}", "-c", "/etc/bad.conf", "-t"]`,
    )
    machine.write('/etc/bad.conf', 'bad')
    expect(machine.run('systemctl start bad').status).toBe(1)
    expect(show('bad', 'ActiveState')).not.toBe('active')
    machine.run('systemctl reset-failed bad')
    machine.write('/etc/bad.conf', 'ok')
    start('bad')
    const pid = show('bad', 'MainPID')
    machine.write('/etc/bad.conf', 'bad')
    expect(machine.run('systemctl reload bad').status).toBe(1)
    expect(show('bad', 'ActiveState')).toBe('active')
    expect(show('bad', 'MainPID')).toBe(pid)
    expect(log('bad')).not.toContain('reloaded')
    machine.must('systemctl stop bad')
  })

  test('a forking daemon has its pidfile in a directory of its own', async () => {
    const text = `type = "forking"
command = ["${DEMOD}", "-d", "-p", "/run/fork/fork.pid", "-l", "/var/log/fork/fork.log"]
pidfile = "/run/fork/fork.pid"
user = "demod"
[log]
stdout = "/var/log/fork/output.log"`
    await unit('fork', text)
    await install(machine, 'tmpfiles', 'fork', text)
    machine.must('systemd-tmpfiles --create /etc/tmpfiles.d/fork.conf')
    start('fork')
    expect(show('fork', 'MainPID')).toBe(machine.read('/run/fork/fork.pid').trim())
    expect(machine.must('stat -c %U /run/fork')).toBe('demod')
    expect(machine.must(`stat -c %U /proc/${show('fork', 'MainPID')}`)).toBe('demod')
    machine.must('systemctl stop fork && [ ! -e /run/fork ]')
  })

  test('a daemon that tells when it is ready is awaited', async () => {
    await unit('tells', `type = "notify"\ncommand = ["${DEMOD}", "-n", "-s", "1", "-l", "/var/log/tells.log"]`)
    const before = Date.now()
    start('tells')
    expect(Date.now() - before).toBeGreaterThanOrEqual(1000)
    expect(show('tells', 'StatusText')).toBe('up')
    machine.must('systemctl stop tells')
  })

  test('from 253 on, a reload waits for a daemon that tells when it has reloaded', async () => {
    const text = `type = "notify"\ncommand = ["${DEMOD}", "-n", "-l", "/var/log/reloads.log"]`
    await unit('reloads', text, { notifyReload: true })
    start('reloads')
    machine.must('systemctl reload reloads')
    const told = log('reloads').includes('reloaded')
    expect(told || systemdVersion < 253).toBe(true)
    await logged('reloads', 'reloaded')
    expect(show('reloads', 'Type')).toBe(systemdVersion < 253 ? 'notify' : 'notify-reload')
    machine.must('systemctl stop reloads')
  })

  test.each([
    ['a command', `command = ["test", "-e", "/run/is-ready"]`],
    ['a file', 'file = "/run/is-ready"'],
  ])('readiness by %s is awaited', async (_, probe) => {
    await unit('ready', `command = ["${DEMOD}"]\n[start]\nready = { ${probe} }`)
    machine.must('rm -f /run/is-ready; systemctl start --no-block ready')
    await machine.until('[ "$(systemctl show --property SubState --value ready)" = start-post ]')
    machine.must('touch /run/is-ready')
    await machine.until('systemctl is-active ready')
    machine.must('systemctl stop ready')
  })

  test('one that crashes again and again is given up', async () => {
    await unit(
      'crash',
      `command = ["${DEMOD}", "-x", "0", "-l", "/var/log/crash.log"]
[respawn]
delay = "50ms"
burst = 3`,
    )
    machine.must('systemctl start --no-block crash')
    await machine.until('[ "$(systemctl show --property SubState --value crash)" = failed ]')
    expect(log('crash').match(/crashes/g)).toHaveLength(3)
  })

  test('one that ignores TERM is ended, and its child with it', async () => {
    await unit('stubborn', `command = ["${DEMOD}", "-i", "-k"]\n[stop]\nschedule = "TERM/1/KILL/5"`)
    start('stubborn')
    const pids = machine.must('cat /sys/fs/cgroup/system.slice/stubborn.service/cgroup.procs').split('\n')
    expect(pids).toHaveLength(2)
    const before = Date.now()
    machine.must('systemctl stop stubborn')
    expect(Date.now() - before).toBeGreaterThanOrEqual(1000)
    for (const pid of pids) expect(machine.run(`[ ! -d /proc/${pid} ]`).status).toBe(0)
  })

  test('a schedule of three signals is kept', async () => {
    await unit(
      'three',
      `command = ["${DEMOD}", "-i", "-l", "/var/log/three.log"]
[stop]
schedule = "USR1/0.5/TERM/0.5/INT/5/KILL/5"`,
    )
    start('three')
    await logged('three', 'started')
    machine.must('systemctl stop three')
    expect(log('three').replaceAll(/^\d+ /gm, '').trim().split('\n')).toEqual([
      'started',
      'signal 10',
      'signal 15',
      'signal 2',
      'ended',
    ])
    expect(show('three', 'Result')).toBe('success')
  })

  test('a final signal that is not KILL', async () => {
    await unit('final', `command = ["${DEMOD}", "-i", "-l", "/var/log/final.log"]\n[stop]\nschedule = "TERM/1/QUIT/5"`)
    start('final')
    await logged('final', 'started')
    machine.must('systemctl stop final')
    await logged('final', 'signal 3')
  })

  test('a template has instances', async () => {
    await unit(
      'many@',
      `command = ["${DEMOD}", "-l", "/var/log/many-%i.log"]
pidfile = "/run/many-%i.pid"
environment = { WHO = "%n", PERCENT = "%%i" }
[log]
stdout = "/var/log/many-out-%i.log"`,
    )
    machine.must('systemctl start many@1 many@blue-green')
    await logged('many-1', 'started')
    await logged('many-blue-green', 'started')
    const environment = machine.must(`tr '\\0' '\\n' </proc/${show('many@blue-green', 'MainPID')}/environ`).split('\n')
    expect(environment).toContain('WHO=many@blue-green')
    expect(environment).toContain('PERCENT=%i')
    machine.must("systemctl stop 'many@*'")
  })

  test('directory, umask, nice, limits, environment', async () => {
    await unit(
      'settings',
      `command = ["${DEMOD}"]
directory = "/var/lib"
umask = "0027"
nice = 5
user = "demod"
environment-file = ["/etc/settings.env", "-/etc/no such file"]
environment = { A = "a b", B = "$HOME %h \\\\ \\" ' \\n\\t" }
limits = { nofile = "100:200", core = 0 }`,
    )
    machine.write('/etc/settings.env', 'FROM_FILE="x y"\n')
    start('settings')
    const pid = show('settings', 'MainPID')
    expect(machine.must(`readlink /proc/${pid}/cwd`)).toBe('/var/lib')
    expect(machine.read(`/proc/${pid}/status`)).toMatch(/Umask:\t0027/)
    expect(machine.must(`ps -o nice= -p ${pid}`).trim()).toBe('5')
    expect(machine.read(`/proc/${pid}/limits`)).toMatch(/Max open files +100 +200 /)
    expect(machine.read(`/proc/${pid}/limits`)).toMatch(/Max core file size +0 +0 /)
    const environment = machine.read(`/proc/${pid}/environ`).split('\0')
    expect(environment).toContain('A=a b')
    expect(environment).toContain('B=$HOME inits \\ " \' \n\t')
    expect(environment).toContain('FROM_FILE=x y')
    expect(environment).toContain('USER=demod')
    machine.must('systemctl stop settings')
  })

  test('output goes to the journal, and to files that are named', async () => {
    await unit('journal', `command = ["${DEMOD}"]`)
    start('journal')
    await machine.until('journalctl --unit journal --output cat | grep started')
    machine.must('systemctl stop journal')
    await unit('files', `command = ["${DEMOD}"]\n[log]\nstdout = "null"\nstderr = "/var/log/errors.log"`)
    start('files')
    await machine.until('grep started /var/log/errors.log')
    machine.must('systemctl stop files')
  })

  test('hooks run in their order, with the main PID', async () => {
    const hook = (name: string): string => `${name} = ["/bin/sh", "-c", "echo ${name} $MAINPID >>/var/log/hooks"]`
    await unit(
      'hooks',
      `command = ["${DEMOD}"]
config-test = ["/bin/sh", "-c", "echo config-test >>/var/log/hooks"]
[hooks]
${['pre-start', 'post-start', 'pre-reload', 'pre-stop', 'post-stop'].map(hook).join('\n')}`,
    )
    start('hooks')
    const pid = show('hooks', 'MainPID')
    machine.must('systemctl reload hooks && systemctl stop hooks')
    const told = machine.read('/var/log/hooks').trimEnd().split('\n')
    expect(told.map((line) => line.trim())).toEqual([
      'config-test',
      'pre-start',
      `post-start ${pid}`,
      'config-test',
      `pre-reload ${pid}`,
      `pre-stop ${pid}`,
      'post-stop',
    ])
  })
})
