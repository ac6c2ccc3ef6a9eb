import { describe, expect, test } from 'vitest'
import {
  enabledLinks,
  planDisable,
  planEnable,
  type BootPlace,
  type Enabled,
} from '../../src/generate/boot/enabling.ts'
import { tellStep } from '../../src/generate/boot/step.ts'
import { definitionOf, generated } from './given.ts'

const place: BootPlace = {
  init: 'systemd',
  image: false,
  running: true,
  tool: undefined,
  runlevels: '/etc',
  scanned: '/etc/service',
}

async function daemon(target: 'systemd' | 'sysvinit', instances: readonly string[] = []): Promise<Enabled> {
  const text = 'command = "/bin/d"\n[boot]\nstart-priority = 7\nrunlevels = "35"'
  const { files } = await generated(target, text)
  return { name: 'app', instances, boot: (await definitionOf(text)).boot, files }
}

const told = (steps: ReturnType<typeof planEnable>): readonly string[] => steps.map((step) => tellStep(step, false))

describe('systemd', () => {
  test('its tool makes the links', async () => {
    expect(told(planEnable(place, await daemon('systemd')))).toEqual([
      'write /etc/systemd/system/app.service',
      'run systemctl daemon-reload',
      'run systemctl enable app.service',
    ])
    expect(told(planDisable(place, await daemon('systemd')))).toEqual([
      'run systemctl disable app.service',
      'remove /etc/systemd/system/app.service',
      'run systemctl daemon-reload',
    ])
  })
  test('where it does not run, it is told nothing', async () => {
    const offline = { ...place, running: false }
    expect(told(planEnable(offline, await daemon('systemd')))).toEqual([
      'write /etc/systemd/system/app.service',
      'run systemctl enable app.service',
    ])
    expect(told(planDisable(offline, await daemon('systemd')))).not.toContain('run systemctl daemon-reload')
  })
  test('of a template, its instances are enabled', async () => {
    expect(told(planEnable(place, await daemon('systemd', ['app@1', 'app@2'])))).toContain(
      'run systemctl enable app@1.service app@2.service',
    )
  })
  test('in an image nothing is run', async () => {
    const image = { ...place, image: true }
    const plan = told(planEnable(image, await daemon('systemd')))
    expect(plan[1]).toBe(
      'link /etc/systemd/system/multi-user.target.wants/app.service to /etc/systemd/system/app.service',
    )
    for (const line of [...plan, ...told(planDisable(image, await daemon('systemd')))]) expect(line).not.toMatch(/^run/)
  })
})

describe('sysvinit', () => {
  const sysvinit: BootPlace = { ...place, init: 'sysvinit' }
  test.each([
    ['update-rc.d', ['run update-rc.d app defaults']],
    ['chkconfig', ['run chkconfig --add app', 'run chkconfig app on']],
    ['insserv', ['run insserv app']],
  ] as const)('by %s', async (tool, lines) => {
    expect(told(planEnable({ ...sysvinit, tool }, await daemon('sysvinit'))).slice(1)).toEqual(lines)
  })
  test('without a tool, by links in the order that is asked for', async () => {
    const plan = told(planEnable({ ...sysvinit, runlevels: '/etc/rc.d' }, await daemon('sysvinit')))
    expect(plan).toContain('link /etc/rc.d/rc3.d/S07app to ../init.d/app')
    expect(plan).toContain('link /etc/rc.d/rc2.d/K05app to ../init.d/app')
    expect(plan).toHaveLength(8)
  })
  test('a disabling takes all of it back', async () => {
    const image = { ...sysvinit, image: true }
    const made = told(planEnable(image, await daemon('sysvinit'))).map((line) => line.split(' ')[1] ?? '')
    const removed = told(planDisable(image, await daemon('sysvinit'))).map((line) => line.split(' ')[1] ?? '')
    expect(removed.toSorted()).toEqual(made.toSorted())
    expect(enabledLinks(image, await daemon('sysvinit'))).toContain('/etc/rc3.d/S07app')
  })
})

describe('files in a directory of their own', () => {
  const runit: BootPlace = { ...place, init: 'runit' }
  const file = (name: string, text: string) => ({ path: `/etc/sv/app/${name}`, name: `app/${name}`, text, mode: 0o755 })
  const many = async (): Promise<Enabled> => ({
    ...(await daemon('systemd')),
    files: [file('run', '# made by "daemonctl gen-runit"'), file('log/run', 'x')],
  })

  test('the one that says whose they are is written last, and removed last', async () => {
    expect(told(planEnable(runit, await many()))).toEqual([
      'write /etc/sv/app/log/run',
      'write /etc/sv/app/run',
      // Of an older form of the definition, if they are there.
      'remove /etc/sv/app/check',
      'remove /etc/sv/app/control/h',
      'remove /etc/sv/app/control/t',
      'link /etc/service/app to /etc/sv/app',
    ])
    expect(told(planDisable(runit, await many()))).toEqual([
      'remove /etc/service/app',
      'remove /etc/sv/app/check',
      'remove /etc/sv/app/control/h',
      'remove /etc/sv/app/control/t',
      'remove /etc/sv/app/log/run',
      'remove /etc/sv/app/run',
      'remove /etc/sv/app/control if it is empty',
      'remove /etc/sv/app/log if it is empty',
      'remove /etc/sv/app if it is empty',
    ])
  })
})
