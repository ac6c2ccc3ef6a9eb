import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { findProcess, PERL, runHelper, scenario, type Fields, type Rig } from './rig.ts'

/** What tells-about-itself.pl writes down. */
interface Account {
  readonly environment: Readonly<Record<string, string>>
  readonly arguments: readonly string[]
  readonly descriptors: readonly string[]
  readonly directory: string
  readonly umask: string
  readonly nice: number
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly terminal: number
  readonly pid: number
  readonly status: string
  readonly limits: string
}

const CLEAN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

async function accountOf(rig: Rig, fields: Fields, words: readonly string[] = ['start', 'd']): Promise<Account> {
  const file = openFile(rig)
  rig.define('d', { command: rig.fixture('tells-about-itself.pl', file, 'one', 'two words'), ...fields })
  const started = await rig.daemonctl(words)
  expect(started.status, started.stderr).toBe(0)
  return readAccount(rig, file)
}

/** Whoever the daemon is, it may write there. */
function openFile(rig: Rig): string {
  mkdirSync(rig.path('open'))
  chmodSync(rig.path('open'), 0o777)
  return rig.write(rig.path('open', 'account'), '', 0o666)
}

async function readAccount(rig: Rig, file = rig.path('open', 'account')): Promise<Account> {
  await rig.until('it has told', () => rig.read(file).endsWith('}\n'))
  return JSON.parse(rig.read(file)) as Account
}

const statusNumbers = ({ status }: Account, name: string): readonly number[] =>
  (new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '').trim().split(/\s+/).filter(Boolean).map(Number)

scenario('a daemon has a session of its own, no terminal, and the directory it was given', async (rig) => {
  const account = await accountOf(rig, {})
  expect(account).toMatchObject({
    session: account.pid,
    group: account.pid,
    terminal: 0,
    directory: '/',
    umask: '0022',
  })
  expect(account.arguments).toEqual(['one', 'two words'])
  expect(account.pid).toBe(rig.pid('d'))
  // What started it is gone: it belongs to whoever takes orphans.
  expect(findProcess(account.pid)?.parent).not.toBe(process.pid)
})

scenario('it survives the hangup of the terminal that it was started from', { needs: ['script'] }, async (rig) => {
  const account = await accountOf(rig, {})
  await rig.daemonctl(['stop', 'd'])
  const outcome = await rig.daemonctl(['start', 'd'], { terminal: true })
  expect(outcome.status, outcome.stdout).toBe(0)
  const again = await readAccount(rig)
  expect(again.terminal).toBe(0)
  expect(again.pid).not.toBe(account.pid)
  expect((await rig.status('d')).condition).toBe('running')
})

scenario('M20 its environment is exactly the clean one, the files, and [environment]', async (rig) => {
  rig.write(rig.path('etc', 'defaults'), '# comment\nexport FROM_FILE="a b"\nBOTH=file\n')
  const { environment } = await accountOf(rig, {
    'environment-file': [rig.path('etc', 'defaults'), `-${rig.path('etc', 'missing')}`],
    environment: { BOTH: 'definition', ODD: 'a"b\'c $HOME `x` \\ é' },
  })
  const { DAEMONCTL_ID: token, HOME: home, SHELL: shell, USER: user, ...rest } = environment
  expect(rest).toEqual({
    PATH: CLEAN_PATH,
    LOGNAME: user,
    DAEMONCTL_NAME: 'd',
    DAEMONCTL_TEST: rig.directory,
    FROM_FILE: 'a b',
    BOTH: 'definition',
    ODD: 'a"b\'c $HOME `x` \\ é',
  })
  expect([token, home, shell, user].every((value) => value !== undefined && value !== '')).toBe(true)
})

scenario('inherit-environment lends it ours, and only then', async (rig) => {
  const file = openFile(rig)
  rig.define('d', { command: rig.fixture('tells-about-itself.pl', file), 'inherit-environment': true })
  // What tells us where to say that we are well is for us alone.
  const ours = { NOTIFY_SOCKET: '/run/nobody', WATCHDOG_USEC: '1', WATCHDOG_PID: '1' }
  await rig.daemonctl(['start', 'd'], { env: { LENT: 'yes', LD_NOTHING: 'x', ...ours } })
  const { environment } = await readAccount(rig)
  expect(environment).toMatchObject({ LENT: 'yes', LD_NOTHING: 'x' })
  expect(Object.keys(environment).filter((name) => name in ours)).toEqual([])
})

scenario('it inherits descriptors 0, 1 and 2, and no other', async (rig) => {
  const { descriptors } = await accountOf(rig, {})
  expect(descriptors).toEqual(['0 /dev/null', `1 ${rig.path('log', 'd.log')}`, `2 ${rig.path('log', 'd.log')}`])
})

scenario('not even those that daemonctl has inherited itself', async (rig) => {
  const file = openFile(rig)
  rig.define('d', { command: rig.fixture('tells-about-itself.pl', file) })
  const outcome = await rig.daemonctl(['start', 'd'], { descriptors: [3, 7, 20, 40, 200, 251] })
  expect(outcome.status, outcome.stderr).toBe(0)
  expect((await readAccount(rig)).descriptors.map((line) => line.split(' ')[0])).toEqual(['0', '1', '2'])
})

scenario('log.stdout and log.stderr: files of their own, null, and a directory that is made', async (rig) => {
  const out = rig.path('deep', 'er', 'out.log')
  const { descriptors } = await accountOf(rig, { log: { stdout: out, stderr: 'null' } })
  expect(descriptors).toEqual(['0 /dev/null', `1 ${out}`, '2 /dev/null'])
  await rig.until('its output is there', () => rig.read(out) === 'to stdout\n')
})

scenario('M21 the umask is the configured one, whatever ours is', async (rig) => {
  const file = openFile(rig)
  rig.define('d', { command: rig.fixture('tells-about-itself.pl', file), umask: '0027' })
  await rig.daemonctl(['start', 'd'], { umask: 0 })
  expect((await readAccount(rig)).umask).toBe('0027')
  expect(statSync(file).mode & 0o777).toBe(0o640)
  // Nothing of our own is wider or narrower than it should be, either.
  const modes = [rig.pidfile('d'), rig.path('log', 'd.log'), rig.record('d')].map((path) => statSync(path).mode & 0o777)
  expect(modes).toEqual([0o644, 0o644, 0o644])
  await rig.daemonctl(['stop', 'd'])
  await rig.daemonctl(['start', 'd'], { umask: 0o777 })
  expect(statSync(rig.pidfile('d')).mode & 0o777).toBe(0o644)
})

scenario('M22 logs are appended to: by a restart, and after somebody has truncated them', async (rig) => {
  const log = rig.path('log', 'd.log')
  rig.write(log, 'before\n')
  rig.define('d', { command: rig.fixture('obedient.pl'), log: { mode: '0640' } })
  await rig.daemonctl(['start', 'd'])
  await rig.daemonctl(['restart', 'd'])
  await rig.until('both have said so', () => rig.log('d') === 'before\nready\nTERM\nready\n')
  writeFileSync(log, '')
  await rig.daemonctl(['reload', 'd'])
  await rig.until('it goes on at the beginning', () => rig.log('d') === 'reloaded\n')
  const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${rig.pid('d')}/fdinfo/1`, 'utf8'))?.[1]
  expect(Number.parseInt(flags ?? '0', 8) & 0o2000).toBe(0o2000)
})

scenario('nice and limits are set', async (rig) => {
  const { nice, limits } = await accountOf(rig, { nice: 5, limits: { nofile: '64:128', core: 0 } })
  expect(nice).toBe(5)
  expect(limits).toMatch(/^Max open files\s+64\s+128\s/m)
  expect(limits).toMatch(/^Max core file size\s+0\s+0\s/m)
})

scenario('M18 user, group and all groups: set in this order, and verified', { root: true }, async (rig) => {
  const account = await accountOf(rig, { user: 'nobody' })
  expect(statusNumbers(account, 'Uid')).toEqual([65_534, 65_534, 65_534, 65_534])
  expect(new Set(statusNumbers(account, 'Gid'))).toEqual(
    new Set([account.environment['USER'] === 'nobody' ? gidOf('nobody') : -1]),
  )
  expect(statusNumbers(account, 'Groups')).not.toContain(0)
  expect(account.environment).toMatchObject({ USER: 'nobody', LOGNAME: 'nobody' })
  // The pidfile stays root's; the log is the daemon's, so that it can open it again.
  expect(statSync(rig.pidfile('d')).uid).toBe(0)
  expect(statSync(rig.path('log', 'd.log'))).toMatchObject({ uid: 65_534 })
  expect(statSync(rig.record('d')).uid).toBe(0)
})

scenario('M18 a group of its own choice', { root: true }, async (rig) => {
  const account = await accountOf(rig, { user: 'nobody', group: 'daemon' })
  expect(new Set(statusNumbers(account, 'Gid'))).toEqual(new Set([gidOf('daemon')]))
})

scenario('M18 only root may give a daemon another user: 4, and nothing is started', { as: 'nobody' }, async (rig) => {
  rig.define('d', { command: rig.fixture('obedient.pl'), user: 'daemon' })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect([outcome.status, rig.processes()]).toEqual([4, []])
  expect(outcome.stderr).toContain('setting user')
})

function gidOf(group: string): number {
  const entry = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${group}:`))
  const own = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${group}:`))
  return Number((entry ?? own?.split(':').slice(1).join(':') ?? '').split(':')[2])
}

scenario('M20 relative paths are those of the definition, wherever daemonctl is called from', async (rig) => {
  mkdirSync(rig.path('project'))
  mkdirSync(rig.path('project', 'work'))
  mkdirSync(rig.path('elsewhere'))
  rig.write(
    rig.path('project', 'daemonctl.toml'),
    `[daemons.d]
command = ["${PERL}", "${rig.fixture('tells-about-itself.pl')[1]}", "${openFile(rig)}"]
pidfile = "d.pid"
directory = "work"
log.stdout = "d.log"
environment.DAEMONCTL_TEST = "${rig.directory}"
`,
  )
  const file = ['--file', rig.path('project', 'daemonctl.toml')]
  expect((await rig.daemonctl(['start', 'd', ...file], { cwd: rig.path('elsewhere') })).status).toBe(0)
  expect((await readAccount(rig)).directory).toBe(rig.path('project', 'work'))
  expect(rig.read(rig.path('project', 'd.pid'))).toMatch(/^\d+\n$/)
  expect(rig.read(rig.path('project', 'd.log'))).toContain('to stdout')
  expect(
    (await rig.daemonctl(['status', 'd', '--file', '../project/daemonctl.toml'], { cwd: rig.path('elsewhere') }))
      .status,
  ).toBe(0)
  expect((await rig.daemonctl(['stop', '--pidfile', 'd.pid'], { cwd: rig.path('project') })).status).toBe(0)
  expect(rig.processes()).toEqual([])
})

scenario('M29 no shell sees the words of a command unless it is asked for', async (rig) => {
  const words = ['$(touch shell)', '`touch shell`', '; touch shell', '*', '"', "'", '', 'a\nb', '-n', '--', '%i']
  const file = openFile(rig)
  const outcome = await rig.daemonctl([
    'start',
    `--pidfile=${rig.path('f.pid')}`,
    `--env=DAEMONCTL_TEST=${rig.directory}`,
    '--',
    ...rig.fixture('tells-about-itself.pl', file, ...words, file, file),
  ])
  expect(outcome.status, outcome.stderr).toBe(0)
  expect((await readAccount(rig)).arguments).toEqual([...words, file, file])
  expect(rig.read(rig.path('shell'))).toBe('')
  const command = rig.read(`/proc/${Number(rig.read(rig.path('f.pid')))}/cmdline`).split('\0')
  expect(command[0]).toBe(PERL)
})

scenario('M29 shell = true: the shell runs the command, and the daemon is what it becomes', async (rig) => {
  rig.define('d', { command: `exec ${rig.fixture('obedient.pl').join(' ')} "$DAEMONCTL_NAME"`, shell: true })
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  expect(rig.copies('obedient.pl d').map(({ pid }) => pid)).toEqual([rig.pid('d')])
  // Without exec the shell stays: it is the main process then, and nothing is left of it all the same.
  rig.define('e', { command: `${rig.fixture('obedient.pl').join(' ')} e; :`, shell: true })
  expect((await rig.daemonctl(['start', 'e'])).status).toBe(0)
  await rig.until('the program runs', () => rig.copies('obedient.pl e').some(({ name }) => name === 'perl'))
  expect((await rig.daemonctl(['stop', 'e'])).status).toBe(0)
  expect(rig.copies('obedient.pl e')).toEqual([])
})

scenario('M8 $(daemonctl start x) ends although the daemon lives', async (rig) => {
  rig.define('d', { command: rig.fixture('obedient.pl') })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect([outcome.status, outcome.leaked]).toEqual([0, false])
})

scenario(
  'flags of start-stop-daemon: user, group, directory, umask, nice, log, variables',
  { root: true },
  async (rig) => {
    const file = openFile(rig)
    const outcome = await rig.daemonctl([
      ...`start -p ${rig.path('f.pid')} -u nobody -g daemon -d /usr -k 077 -N 3 -O ${rig.path('f.log')} -e A=1`.split(
        ' ',
      ),
      '-e',
      `DAEMONCTL_TEST=${rig.directory}`,
      '--',
      ...rig.fixture('tells-about-itself.pl', file),
    ])
    expect(outcome.status, outcome.stderr).toBe(0)
    const account = await readAccount(rig)
    expect(account).toMatchObject({
      directory: '/usr',
      umask: '0077',
      nice: 3,
      environment: { A: '1', USER: 'nobody' },
    })
    expect(account.descriptors[1]).toBe(`1 ${rig.path('f.log')}`)
    expect((await rig.daemonctl(['stop', '-p', rig.path('f.pid')])).status).toBe(0)
  },
)

const FAILURES: readonly {
  readonly what: string
  readonly fields: (rig: Rig) => Fields
  readonly status: number
  readonly says: readonly (string | RegExp)[]
}[] = [
  {
    what: 'a program that is not there',
    fields: () => ({ command: ['/nowhere/program'] }),
    status: 5,
    says: ['/nowhere/program is not installed', 'while executing', '→'],
  },
  {
    what: 'a program that may not be executed',
    fields: (rig) => ({ command: [rig.write(rig.path('plain'), 'text')] }),
    status: 5,
    says: ['cannot be executed', 'chmod +x'],
  },
  {
    what: 'an interpreter that is not there',
    fields: (rig) => ({ command: [rig.write(rig.path('script'), '#!/nowhere/interpreter\n', 0o755)] }),
    status: 1,
    says: ['cannot be executed', 'while executing', 'interpreter'],
  },
  {
    what: 'a directory that is not there',
    fields: (rig) => ({ command: ['/bin/sleep', '1'], directory: rig.path('nowhere') }),
    status: 6,
    says: ['is not a directory', 'while changing directory'],
  },
  {
    what: 'a user that is not there',
    fields: () => ({ command: ['/bin/sleep', '1'], user: 'nobody-of-this-name' }),
    status: 6,
    says: ['nobody-of-this-name', 'while setting user'],
  },
  {
    what: 'an environment file that is not there',
    fields: (rig) => ({ command: ['/bin/sleep', '1'], 'environment-file': rig.path('nowhere') }),
    status: 6,
    says: ['nowhere', 'while reading environment files'],
  },
  {
    what: 'an end at once',
    fields: (rig) => ({ command: rig.fixture('exits-at-once.sh', 3) }),
    status: 1,
    says: ['exit status 3', '| cannot open /etc/exits-at-once.conf', /its log is .*d\.log/],
  },
  {
    what: 'an end soon after',
    fields: (rig) => ({ command: rig.fixture('exits-after.pl', 50, 7) }),
    status: 1,
    says: ['exit status 7', '| giving up: the port is taken'],
  },
  {
    what: 'a death by a signal',
    fields: () => ({ command: ['/bin/sh', '-c', 'kill -SEGV $$'] }),
    status: 1,
    says: ['was killed by SIGSEGV'],
  },
  {
    what: 'a config test that fails',
    fields: () => ({ command: ['/bin/sleep', '1'], 'config-test': ['/bin/sh', '-c', 'echo line 3: bad; exit 1'] }),
    status: 6,
    says: ['the config test ended with exit status 1', '| line 3: bad', 'nothing was changed'],
  },
  {
    what: 'a pre-start hook that fails',
    fields: () => ({ command: ['/bin/sleep', '1'], hooks: { 'pre-start': ['/bin/false'] } }),
    status: 1,
    says: ['the pre-start hook ended with exit status 1'],
  },
  {
    what: 'a post-start hook that fails',
    fields: () => ({ command: ['/bin/sleep', '86400'], hooks: { 'post-start': ['/bin/false'] } }),
    status: 1,
    says: ['the post-start hook ended with exit status 1'],
  },
  {
    what: 'a hook that takes too long',
    fields: () => ({ command: ['/bin/sleep', '1'], hooks: { 'pre-start': ['/bin/sleep', '86400'], timeout: '200ms' } }),
    status: 1,
    says: ['took longer than 200 ms and was ended'],
  },
]

for (const { what, fields, status, says } of FAILURES) {
  scenario(`P10 a start that fails leaves nothing behind, and says why: ${what}`, async (rig) => {
    rig.define('d', fields(rig))
    const outcome = await rig.daemonctl(['start', 'd'])
    expect(outcome.status).toBe(status)
    for (const part of says) expect(outcome.stderr).toMatch(part)
    expect(outcome.stdout).toMatch(/^Starting d \.\.\. failed$/m)
    await rig.until('nothing is left', () => rig.processes().length === 0)
    expect([rig.read(rig.pidfile('d')), rig.read(rig.record('d'))]).toEqual(['', ''])
    expect((await rig.status('d')).exit).toBe(3)
  })
}

scenario('P10 last words are escaped before they reach a terminal', async (rig) => {
  rig.define('d', { command: rig.fixture('writes-escape-sequences.pl') })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect(outcome.status).toBe(1)
  expect(outcome.stderr).toContain('fatal: no')
  const shown = await rig.daemonctl(['status', 'd'])
  // eslint-disable-next-line no-control-regex
  for (const text of [outcome.stderr, shown.stdout])
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
})

scenario('what cannot be written is said, and nothing is started', { as: 'nobody' }, async (rig) => {
  rig.define('d', { command: rig.fixture('obedient.pl'), pidfile: '/proc/x/d.pid' })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect([outcome.status === 1 || outcome.status === 4, rig.processes()]).toEqual([true, []])
  rig.define('e', { command: rig.fixture('obedient.pl'), log: { stdout: '/proc/x/e.log' } })
  const logless = await rig.daemonctl(['start', 'e'])
  expect([logless.status === 1 || logless.status === 4, rig.processes()]).toEqual([true, []])
  runHelper(['chown', '-R', '0:0', rig.path('run')], rig.directory)
  const denied = await rig.daemonctl(['start', 'd'])
  expect([denied.status, rig.processes()]).toEqual([4, []])
})
