import { spawnSync } from 'node:child_process'
import { expect } from 'vitest'
import { scenario, type Rig } from './rig.ts'

function define(rig: Rig): void {
  const one = { command: rig.fixture('obedient.pl'), description: 'It "quotes" \\ and breaks' }
  rig.define('d', one)
  rig.define('down', one)
}

scenario('what is shown to Prometheus is right for its own tool', { needs: ['promtool'] }, async (rig) => {
  define(rig)
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  const { stdout } = await rig.daemonctl(['status', '--all', '--format', 'prometheus'])
  expect(stdout).toMatch(/^daemonctl_up\{.*name="d".*\} 1$/m)
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: stdout, encoding: 'utf8' })
  expect(`${checked.stdout}${checked.stderr}`).toBe('')
  expect(checked.status).toBe(0)
})

scenario('a monitor gets a line, figures with their ranges, and the statuses of its plugins', async (rig) => {
  define(rig)
  await rig.daemonctl(['start', 'd'])
  const asked = async (...words: readonly string[]): Promise<[number | undefined, string]> => {
    const { status, stdout } = await rig.daemonctl(['status', '--format', 'nagios', ...words])
    return [status, stdout]
  }
  // The plugin API: STATUS - text | 'label'=value[UOM];[warn];[crit];[min];[max]
  const [ok, line] = await asked('d', '--warning', 'memory=0:900000000000', '--critical', 'processes=1:50')
  expect(ok).toBe(0)
  expect(line).toMatch(/^DAEMONCTL OK - d is running \| .*'d_memory'=\d+B;0:900000000000;;0 .*'d_processes'=1;;1:50;0/)
  expect((await asked('d', '--warning', 'memory=0:1'))[0]).toBe(1)
  expect((await asked('d', '--critical', 'memory=0:1'))[0]).toBe(2)
  expect((await asked('down'))[0]).toBe(2)
  expect((await asked('nobody'))[0]).toBe(3)
})

scenario('Zabbix gets what there is to discover, and its items, as zabbix_sender reads them', async (rig) => {
  define(rig)
  await rig.daemonctl(['start', 'd'])
  const { stdout } = await rig.daemonctl(['status', '--all', '--format', 'zabbix'])
  // "HOST KEY VALUE": what holds blanks is quoted.
  const lines = stdout.trimEnd().split('\n')
  for (const line of lines) expect(line).toMatch(/^- daemonctl\.\w+(?:\[\w+\])? (?:"(?:[^"\\]|\\.)*"|[^\s"]+)$/)
  const discovered = /^- daemonctl\.discovery (".*")$/m.exec(stdout)?.[1] ?? '""'
  expect(JSON.parse(String(JSON.parse(discovered)))).toEqual([{ '{#DAEMON}': 'd' }, { '{#DAEMON}': 'down' }])
  expect(lines).toContain('- daemonctl.up[d] 1')
  expect(lines).toContain('- daemonctl.up[down] 0')
})

scenario('what a daemon tells of itself is in every format, also without root', { as: 'nobody' }, async (rig) => {
  const file = rig.write(rig.path('figures'), 'queue 12\nrequests.total: 3.5\n')
  rig.define('d', { command: rig.fixture('obedient.pl'), metrics: { file } })
  await rig.daemonctl(['start', 'd'])
  const told = async (...words: readonly string[]): Promise<readonly [number | undefined, string]> => {
    const { status, stdout } = await rig.daemonctl(['status', 'd', '--format', ...words])
    return [status, stdout]
  }
  const [well, line] = await told('nagios', '-w', 'figure.queue=0:20', '-c', 'pss=1:')
  expect([well, line]).toEqual([0, expect.stringMatching(/ 'd_pss'=\d+B;;1:;0 .* 'd_figure.queue'=12;0:20;;/)])
  expect((await told('nagios', '-c', 'figure.queue=10'))[0]).toBe(2)
  expect((await told('nagios', '-w', 'figure.queue=ten'))[0]).toBe(2)
  expect((await rig.daemonctl(['status', 'd', '--format', 'nagios', '-w', 'memroy=1'])).stderr).toContain(
    'did you mean memory?',
  )
  expect((await told('zabbix'))[1]).toContain('- daemonctl.figure[d,requests.total] 3.5\n')
  expect((await told('prometheus'))[1]).toContain('daemonctl_figure{name="d",figure="queue"} 12\n')
  expect(JSON.parse((await told('json'))[1])).toMatchObject({
    daemons: [{ name: 'd', up: true, values: { processes: 1 }, figures: { queue: 12, 'requests.total': 3.5 } }],
  })
  await rig.daemonctl(['stop', 'd'])
  expect(JSON.parse((await told('json'))[1])).toMatchObject({ daemons: [{ up: false, status: 3, figures: {} }] })
})
