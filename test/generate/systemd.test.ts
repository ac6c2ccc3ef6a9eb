import { describe, expect, test } from 'vitest'
import { definitionOf, generated, linesOf } from './given.ts'
import { generate } from '../../src/generate/generate.ts'
import type { GenerateOptions } from '../../src/generate/options.ts'

const unit = (text: string, options?: Partial<GenerateOptions>): Promise<string[]> =>
  linesOf('systemd', `command = ["/usr/sbin/d", "--foreground"]\n${text}`, options)
const keys = (lines: readonly string[]): string[] => lines.map((line) => line.split('=')[0] ?? '')

describe('Type=', () => {
  test.each([
    ['', 252, 'exec'],
    ['', 239, 'simple'],
    ['type = "notify"', 252, 'notify'],
    ['type = "forking"\npidfile = "/run/d/d.pid"', 252, 'forking'],
  ])('%s for %d is %s', async (text, systemdVersion, type) => {
    expect(await unit(text, { systemdVersion })).toContain(`Type=${type}`)
  })

  test('notify-reload is asked for, and from 253 on', async () => {
    const text = 'type = "notify"'
    expect(await unit(text, { notifyReload: true, systemdVersion: 253 })).toContain('Type=notify-reload')
    expect(await unit(text, { notifyReload: true, systemdVersion: 252 })).toContain('Type=notify')
  })

  test('notify-reload does not send the signal before the config test', async () => {
    const lines = await unit('type = "notify"\nconfig-test = ["/usr/sbin/d", "-t"]', {
      notifyReload: true,
      systemdVersion: 257,
    })
    expect(lines).toContain('Type=notify')
    expect(lines.filter((line) => line.startsWith('ExecReload='))).toHaveLength(2)
  })
})

describe('a stop schedule', () => {
  const stop = async (schedule: string, systemdVersion = 252): Promise<string[]> =>
    (await unit(`[stop]\nschedule = "${schedule}"`, { systemdVersion })).filter((line) =>
      /^(KillSignal|TimeoutStopSec|FinalKillSignal|SendSIGKILL|ExecStop)=/.test(line),
    )

  test('TERM/20/KILL/5', async () => {
    expect(await stop('TERM/20/KILL/5')).toEqual(['TimeoutStopSec=20s', 'KillSignal=SIGTERM'])
  })
  test('without KILL', async () => {
    expect(await stop('INT/3')).toEqual(['TimeoutStopSec=3s', 'KillSignal=SIGINT', 'SendSIGKILL=no'])
  })
  test('that ends with another signal', async () => {
    expect(await stop('TERM/20/ABRT/5')).toEqual([
      'TimeoutStopSec=20s',
      'KillSignal=SIGTERM',
      'FinalKillSignal=SIGABRT',
    ])
  })
  test('of three signals', async () => {
    const lines = await stop('QUIT/30/TERM/5/KILL/5')
    expect(lines.slice(1)).toEqual(['TimeoutStopSec=31s', 'KillSignal=SIGTERM'])
    expect(lines[0]).toContain('kill -s QUIT')
  })
  test('that repeats never ends by systemd', async () => {
    expect(await stop('TERM/5/forever/INT/1')).toContain('TimeoutStopSec=infinity')
  })
})

test('the losses of a unit say why and what instead', async () => {
  const { losses } = await generated(
    'systemd',
    'command = "/bin/d"\nlock-file = "/var/lock/subsys/d"\n[start]\nready = { tcp = "127.0.0.1:80" }',
  )
  const asked = losses.filter((loss) => !loss.byDefault).map((loss) => loss.key)
  expect(asked.toSorted()).toEqual(['lock-file', 'start.ready.tcp'])
  for (const { why, instead } of losses) {
    expect(why).toMatch(/^[^.].*[^.]$/)
    expect(instead).not.toBe('')
  }
})

test('comments hold the losses', async () => {
  const { files } = await generated('systemd', 'command = "/bin/d"\nlock-file = "/var/lock/subsys/d"', {
    comments: true,
  })
  expect(files[0]?.text).toContain('# lock-file: systemd needs no lock files; none is made')
})

test('no key is newer than the systemd it is for', async () => {
  const text = 'nice = 5\n[respawn]\npolicy = "always"\nmax-delay = "1m"\n[health]\nmax-age = "1d"\nmax-rss = "1 GiB"'
  const old = keys(await unit(text, { systemdVersion: 219, hardening: 'strict' }))
  expect(old).not.toContain('ProtectClock')
  expect(old).not.toContain('RestartSteps')
  expect(old).toContain('StartLimitInterval')
  // An older one knows the keys, and not these values of theirs.
  expect(await unit(text, { systemdVersion: 231, hardening: 'strict' })).not.toContain('ProtectSystem=strict')
  expect(keys(await unit(text, { systemdVersion: 238, hardening: 'strict' }))).not.toContain('SystemCallFilter')
  expect(keys(await unit(text, { systemdVersion: 239, hardening: 'strict' }))).toContain('SystemCallFilter')
  expect(keys(await unit(text, { systemdVersion: 257 }))).toContain('RestartSteps')
})

test('a daemon that says WATCHDOG=1 says it to systemd', async () => {
  const text =
    '[respawn]\npolicy = "on-failure"\n[stop]\nschedule = "INT/5/KILL/5"\n[health]\nprobe.notify = true\ninterval = "10s"\nfailures = 3'
  const lines = await unit(text, { systemdVersion: 252 })
  for (const line of ['WatchdogSec=30s', 'WatchdogSignal=SIGINT', 'NotifyAccess=all']) expect(lines).toContain(line)
  expect(keys(await unit(text, { systemdVersion: 239 }))).not.toContain('WatchdogSignal')
  const { losses } = await generated('systemd', `command = "/bin/d"\n${text}`)
  expect(losses.map(({ key }) => key)).not.toContain('health.probe')
  const never = await generated('systemd', `command = "/bin/d"\n${text.replace('on-failure', 'never')}`)
  expect(never.losses.map(({ key }) => key)).toContain('health.probe')
})

test('what cannot stand in a unit is refused', async () => {
  const definition = await definitionOf('command = "/bin/d"')
  const bad = generate('systemd', { ...definition, command: { argv: ['-x/y'], shell: false } })
  expect(bad.ok ? '' : bad.error.message).toContain('systemd cannot carry command')
  const path = generate('systemd', { ...definition, directory: '/a ' })
  expect(path.ok ? '' : path.error.message).toContain('systemd cannot carry directory')
})
