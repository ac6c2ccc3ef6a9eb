import { describe, expect, test } from 'vitest'
import { definitionKeys } from '../../src/definition/keys.ts'
import { generate } from '../../src/generate/generate.ts'
import { definitionOf } from './given.ts'

/** Each key with a value that is not its default, below the tables that it needs. */
const SETTINGS: Readonly<Record<string, readonly [given: string, setting: string]>> = {
  description: ['', 'description = "another"'],
  type: ['', 'type = "forking"'],
  pidfile: ['type = "forking"', 'pidfile = "/run/other/x.pid"'],
  executable: ['', 'executable = "/usr/sbin/other"'],
  directory: ['', 'directory = "/srv"'],
  user: ['', 'user = "daemon"'],
  group: ['', 'group = "daemon"'],
  umask: ['', 'umask = "0077"'],
  nice: ['', 'nice = 3'],
  'environment-file': ['', 'environment-file = ["/etc/d.env"]'],
  'inherit-environment': ['', 'inherit-environment = true'],
  'config-test': ['', 'config-test = ["/bin/true"]'],
  'lock-file': ['', 'lock-file = "/run/lock/d"'],
  'environment.NAME': ['', '[environment]\nA = "b"'],
  'log.stdout': ['[log]', 'stdout = "/var/log/d/x.log"'],
  'log.stderr': ['[log]', 'stderr = "/var/log/d/y.log"'],
  'log.target': ['[log]', 'target = "syslog"'],
  'log.mode': ['[log]\nstdout = "/var/log/d/x.log"', 'mode = "0600"'],
  'log.max-size': ['[log]\nstdout = "/var/log/d/x.log"', 'max-size = "1 MiB"'],
  'log.max-age': ['[log]\nstdout = "/var/log/d/x.log"', 'max-age = "1d"'],
  'log.max-total': ['[log]\nstdout = "/var/log/d/x.log"\nmax-size = "1 MiB"', 'max-total = "9 MiB"'],
  'log.reopen-signal': ['[log]\nstdout = "/var/log/d/x.log"', 'reopen-signal = "USR1"'],
  'log.capture': ['[log]', 'capture = true'],
  'log.format': ['[log]\ncapture = true', 'format = "json"'],
  'log.level': ['[log]\ncapture = true', 'level = "error"'],
  'log.prefix': ['[log]\ncapture = true', 'prefix = "x: "'],
  'log.rate-limit': ['[log]\ncapture = true', 'rate-limit = 9'],
  'start.timeout': ['[start]', 'timeout = "77s"'],
  'start.ready': ['[start]', 'ready = { tcp = "127.0.0.1:80" }'],
  'start.launcher-exit': ['type = "forking"\n[start]', 'launcher-exit = [0, 3]'],
  'stop.schedule': ['[stop]', 'schedule = "QUIT/7/KILL/5"'],
  'stop.command': ['[stop]', 'command = ["/bin/true"]'],
  'stop.timeout': ['[stop]\ncommand = ["/bin/true"]', 'timeout = "77s"'],
  'stop.kill-mode': ['[stop]', 'kill-mode = "main"'],
  'reload.signal': ['[reload]', 'signal = "USR1"'],
  'reload.command': ['[reload]', 'command = ["/bin/true"]'],
  'reload.timeout': ['[reload]\ncommand = ["/bin/true"]', 'timeout = "77s"'],
  'hooks.pre-start': ['[hooks]', 'pre-start = ["/bin/true"]'],
  'hooks.post-start': ['[hooks]', 'post-start = ["/bin/true"]'],
  'hooks.pre-stop': ['[hooks]', 'pre-stop = ["/bin/true"]'],
  'hooks.post-stop': ['[hooks]', 'post-stop = ["/bin/true"]'],
  'hooks.pre-reload': ['[hooks]', 'pre-reload = ["/bin/true"]'],
  'hooks.on-failure': ['[hooks]', 'on-failure = ["/bin/true"]'],
  'hooks.on-recovery': ['[hooks]', 'on-recovery = ["/bin/true"]'],
  ...Object.fromEntries(
    definitionKeys()
      .filter(({ key }) => key.startsWith('limits.'))
      .map(({ key }) => [key, ['[limits]', `${key.replace('limits.', '')} = 17`] as const]),
  ),
  'respawn.policy': ['[respawn]', 'policy = "always"'],
  'respawn.delay': ['[respawn]\npolicy = "always"', 'delay = "7s"'],
  'respawn.factor': ['[respawn]\npolicy = "always"\nmax-delay = "1m"', 'factor = 3'],
  'respawn.max-delay': ['[respawn]\npolicy = "always"', 'max-delay = "77s"'],
  'respawn.burst': ['[respawn]\npolicy = "always"', 'burst = 7'],
  'respawn.interval': ['[respawn]\npolicy = "always"', 'interval = "77s"'],
  'respawn.success-exit': ['[respawn]\npolicy = "on-failure"', 'success-exit = [3]'],
  'respawn.prevent-exit': ['[respawn]\npolicy = "on-failure"', 'prevent-exit = [3]'],
  'health.probe': ['', '[health]\nprobe = { tcp = "127.0.0.1:80" }'],
  'health.max-rss': ['', '[health]\nmax-rss = "1 GiB"'],
  'health.max-age': ['', '[health]\nmax-age = "1d"'],
  'actions.NAME.signal': ['', '[actions]\nturn = { signal = "USR2" }'],
  'actions.NAME.command': ['', '[actions]\nturn = { command = ["/bin/true"] }'],
  'metrics.tcp': ['', '[metrics]\ntcp = "127.0.0.1:80"'],
  'boot.after': ['[boot]', 'after = ["db"]'],
  'boot.requires': ['[boot]', 'requires = ["db"]'],
}

const INITS = ['systemd', 'sysvinit', 'openrc', 'runit', 's6', 'launchd'] as const

/** Everything that is said of a definition: the files, and what is lost. */
async function said(target: (typeof INITS)[number], text: string): Promise<string> {
  const made = generate(target, await definitionOf(`command = ["/usr/sbin/d", "x"]\n${text}`), { systemdVersion: 257 })
  // Where nobody starts it again, nothing of how that is done is told one by one.
  const policy =
    target === 'sysvinit' && made.ok && made.value.losses.some(({ key }) => key === 'respawn.policy') ? text : ''
  return JSON.stringify([made, policy])
}

describe.each(INITS)('%s', (target) => {
  test.each(Object.entries(SETTINGS).filter(([, [, setting]]) => setting !== ''))(
    '%s is expressed, or said to be lost',
    async (_, [given, setting]) => {
      expect(await said(target, `${given}\n${setting}`)).not.toBe(await said(target, given))
    },
  )
})
