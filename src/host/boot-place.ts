import { readFileSync } from 'node:fs'
import type { BootPlace } from '../generate/boot/enabling.ts'
import type { InitKind } from '../generate/boot/init-kind.ts'
import { existsInRoot, inRoot, linkAt } from './boot-root.ts'

/** What a host, or an image below `root`, needs to have daemons enabled; undefined: no init is known there. */
export function bootPlace(root: string, chosen: InitKind | undefined): BootPlace | undefined {
  const has = (path: string): boolean => existsInRoot(root, path)
  const init = chosen ?? (root === '/' ? runningInit() : undefined) ?? installedInit(root)
  if (init === undefined) return undefined
  const tools = ['update-rc.d', 'chkconfig', 'insserv'] as const
  return {
    init,
    image: root !== '/',
    running: root === '/' && init === runningInit(),
    tool: tools.find((tool) => has(`/usr/sbin/${tool}`) || has(`/sbin/${tool}`)),
    runlevels: has('/etc/rc.d/rc2.d') ? '/etc/rc.d' : '/etc',
    scanned: ['/etc/service', '/var/service', '/service', '/run/service'].find(has) ?? '/etc/service',
  }
}

/** What runs as PID 1 here. sd_booted(3) for systemd, the others by their names. */
function runningInit(): InitKind | undefined {
  if (process.platform === 'darwin') return 'launchd'
  if (existsInRoot('/', '/run/systemd/system')) return 'systemd'
  if (existsInRoot('/', '/run/openrc/softlevel')) return 'openrc'
  return FIRST_PROCESSES.get(nameOfFirst())
}

const FIRST_PROCESSES: ReadonlyMap<string, InitKind> = new Map([
  ['runit', 'runit'],
  ['s6-svscan', 's6'],
  ['openrc-init', 'openrc'],
])

function nameOfFirst(): string {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim()
  } catch {
    return ''
  }
}

/** What the init of an image is by what is installed: /sbin/init first, for several inits may lie beside each other. */
function installedInit(root: string): InitKind | undefined {
  const has = (path: string): boolean => existsInRoot(root, path)
  const first = ['/sbin/init', '/usr/sbin/init'].map((path) => linkAt(inRoot(root, path))).find(Boolean) ?? ''
  if (first.includes('systemd')) return 'systemd'
  if (first.includes('openrc')) return 'openrc'
  if (first.includes('runit')) return 'runit'
  if (first.includes('s6')) return 's6'
  if (has('/sbin/openrc-run') || has('/usr/sbin/openrc-run')) return 'openrc'
  if (has('/etc/inittab') && has('/etc/init.d')) return 'sysvinit'
  if (has('/lib/systemd/systemd') || has('/usr/lib/systemd/systemd')) return 'systemd'
  if (has('/etc/runit')) return 'runit'
  if (has('/etc/init.d') || has('/etc/rc.d/init.d')) return 'sysvinit'
  return undefined
}
