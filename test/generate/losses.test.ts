import { describe, expect, test } from 'vitest'
import type { Target } from '../../src/generate/target.ts'
import { generated } from './given.ts'

/** The keys that a target cannot express, of those that the definition asks for. */
const lost = async (target: Target, text: string): Promise<readonly string[]> =>
  (await generated(target, `command = "/usr/sbin/d"\n${text}`)).losses
    .filter((loss) => !loss.byDefault)
    .map(({ key }) => key)

const SUPERVISORS = ['openrc', 'runit', 's6', 'launchd'] as const

describe.each(SUPERVISORS)('%s', (target) => {
  test('of a plain definition nothing is lost', async () => {
    expect(await lost(target, '[reload]\nsignal = "HUP"')).toEqual([])
  })

  test.each([
    ['[health]\nprobe = { tcp = "127.0.0.1:80" }', 'health'],
    ['[metrics]\ntcp = "127.0.0.1:80"', 'metrics'],
    ['[hooks]\non-failure = ["/bin/true"]', 'hooks.on-failure'],
    ['[log]\nformat = "json"', 'log.format'],
    ['inherit-environment = true', 'inherit-environment'],
    ['lock-file = "/run/lock/d"', 'lock-file'],
    ['type = "notify"', 'type'],
    ['[respawn]\npolicy = "always"\nfactor = 3', 'respawn.factor'],
    ['[respawn]\npolicy = "always"\njitter = 0.5', 'respawn.jitter'],
  ])('%j is said to be lost', async (text, key) => {
    expect(await lost(target, text)).toContain(key)
  })
})

test.each([
  ['openrc', '[respawn]\nsuccess-exit = [3]', 'respawn.success-exit'],
  ['launchd', '[reload]\nsignal = "USR1"', 'reload.signal'],
  ['openrc', 'type = "forking"\npidfile = "/run/d/d.pid"\n[respawn]\npolicy = "always"', 'respawn.policy'],
  ['runit', '[stop]\nschedule = "TERM/5/QUIT/5/KILL/5"', 'stop.schedule'],
  ['runit', '[respawn]\npolicy = "always"\nburst = 3', 'respawn.burst'],
  ['runit', 'type = "forking"\npidfile = "/run/d/d.pid"', 'type'],
  ['s6', '[stop]\nschedule = "TERM/5/QUIT/5/KILL/5"', 'stop.schedule'],
  ['s6', '[stop]\ncommand = ["/bin/true"]', 'stop.command'],
  ['s6', '[boot]\nafter = ["db"]', 'boot'],
  ['launchd', '[stop]\nschedule = "QUIT/5/KILL/5"', 'stop.schedule'],
  ['launchd', '[limits]\nas = 1000', 'limits.as'],
  ['launchd', '[limits]\ncore = "unlimited"', 'limits.core'],
  ['launchd', '[hooks]\npre-start = ["/bin/true"]', 'hooks.pre-start'],
] as const)('%s: %j is said to be lost', async (target, text, key) => {
  expect(await lost(target, text)).toContain(key)
})

test('comments tell it, a line each', async () => {
  for (const target of SUPERVISORS) {
    const { files } = await generated(target, 'command = "/d"\ninherit-environment = true', { comments: true })
    expect(files[0]?.text, target).toMatch(/^(#|<!--) inherit-environment: /m)
  }
})
