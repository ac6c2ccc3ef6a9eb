import { mkdirSync } from 'node:fs'
import { expect } from 'vitest'
import { scenario } from './rig.ts'

scenario('what is generated goes only where we may write, and the error says so', { as: 'nobody' }, async (rig) => {
  rig.define('d', { command: ['/bin/sleep', '1000'] })
  mkdirSync(rig.path('closed'), { mode: 0o000 })
  for (const place of ['closed', 'closed/', 'closed/d.service']) {
    const { status, stdout, stderr } = await rig.daemonctl(['gen-systemd', 'd', '--output', rig.path(place)])
    expect([place, status, stdout]).toEqual([place, 4, ''])
    expect(stderr).toContain(rig.path(place.replace(/\/.*/, '')))
  }
})
