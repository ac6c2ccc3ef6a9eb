import { describe, expect, test } from 'vitest'
import { generate } from '../../src/generate/generate.ts'
import { definitionOf, generated } from './given.ts'

const script = async (text: string): Promise<string> =>
  (await generated('sysvinit', `command = ["/usr/sbin/d", "--foreground"]\n${text}`)).files[0]?.text ?? ''

test('the headers of LSB and of chkconfig', async () => {
  const text = await script(
    'description = "The daemon"\n[boot]\nafter = ["time-sync.target"]\nrequires = ["postgresql"]\nrunlevels = "35"\nstart-priority = 7',
  )
  expect(text).toContain('# chkconfig: 35 07 05\n')
  expect(text).toContain('# Provides:          app\n')
  expect(text).toContain('# Required-Start:    $local_fs $remote_fs $network postgresql\n')
  expect(text).toContain('# Should-Start:      $syslog $time\n')
  expect(text).toContain('# Default-Start:     3 5\n# Default-Stop:      0 1 2 4 6\n')
})

test('an instance is a script of its own, named without @', async () => {
  const { files } = await generated('sysvinit', 'command = "/usr/sbin/d %i"\ninstances = 2')
  expect(files.map(({ path }) => path)).toEqual(['/etc/init.d/app-1'])
})

test('without reload, force-reload restarts and reload is not implemented', async () => {
  const text = await script('[reload]\nsignal = "none"')
  expect(text).toContain("complain 'it cannot reload: restart it'\n\texit 3")
})

describe('readiness', () => {
  test.each([
    ['{ tcp = "127.0.0.1:8080" }', "grep -q ':1F90 [0-9A-F]*:0000 0A' /proc/net/tcp /proc/net/tcp6"],
    ['{ unix = "/run/x.sock" }', '[ -S /run/x.sock ]'],
    ['{ command = ["check", "a b"] }', "bounded 5 check 'a b'"],
  ])('%s', async (probe, command) => {
    expect(await script(`[start]\nready = ${probe}`)).toContain(`ready() {\n\t${command}\n}`)
  })
})

test('a program that env(1) would take for a variable is refused', async () => {
  const definition = await definitionOf('command = "/opt/a=b/d"')
  const made = generate('sysvinit', definition)
  expect(made.ok ? '' : made.error.message).toContain('sysvinit cannot carry command')
})

test('everything that a respawn, a health check or metrics would need is a loss', async () => {
  const { losses } = await generated(
    'sysvinit',
    'command = "/d"\n[respawn]\npolicy = "always"\n[health]\nprobe = { tcp = "127.0.0.1:1" }\n[metrics]\nfile = "/m"\n[log]\nmax-size = "1 MiB"',
  )
  expect(losses.filter((loss) => !loss.byDefault).map(({ key }) => key)).toEqual([
    'respawn.policy',
    'health',
    'metrics',
    'log.max-size',
  ])
})
