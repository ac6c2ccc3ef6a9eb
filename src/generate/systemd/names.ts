import type { Definition } from '../../definition/definition.ts'
import { settingWord } from '../quote/systemd.ts'

/** What LSB, OpenRC and people call what systemd has a target for. "": nothing has to be awaited. */
const FACILITIES: Readonly<Record<string, string>> = {
  network: 'network.target',
  net: 'network.target',
  'network-online': 'network-online.target',
  'local-fs': 'local-fs.target',
  local_fs: 'local-fs.target',
  localmount: 'local-fs.target',
  'remote-fs': 'remote-fs.target',
  remote_fs: 'remote-fs.target',
  netmount: 'remote-fs.target',
  // The journal takes it from the start.
  syslog: '',
  logger: '',
  dns: 'nss-lookup.target',
  named: 'nss-lookup.target',
  time: 'time-sync.target',
  portmap: 'rpcbind.target',
}

/** Run levels of OpenRC. */
const RUN_LEVELS: Readonly<Record<string, string>> = {
  default: 'multi-user.target',
  boot: 'sysinit.target',
  nonetwork: 'multi-user.target',
}

const UNIT_NAME = /\.(service|socket|target|mount|path|timer|device|automount|swap|slice|scope)$/

const unitName = (name: string): string =>
  UNIT_NAME.test(name) ? name : (FACILITIES[name.replace(/^\$/, '')] ?? `${name}.service`)

const targetName = (name: string, userManager: boolean): string => {
  if (UNIT_NAME.test(name)) return name
  const level = RUN_LEVELS[name]
  if (level === undefined) return `${name}.target`
  return userManager ? 'default.target' : level
}

export interface OrderView {
  readonly after: string
  readonly wants: string
  readonly requires: string
  readonly wantedBy: string
}

/** [boot] as systemd has it. What nothing is said of comes after the network is set up, and so goes before it. */
export function orderView({ boot }: Pick<Definition, 'boot'>, userManager: boolean): OrderView {
  const requires = boot.requires.map(unitName).filter((name) => name !== '')
  const after = [...boot.after.map(unitName).filter((name) => name !== ''), ...requires]
  const wants = after.includes('network-online.target') ? ['network-online.target'] : []
  const wantedBy = boot.wantedBy.map((name) => targetName(name, userManager))
  const words = (names: readonly string[]): string => [...new Set(names)].map(settingWord).join(' ')
  return {
    after: words(after.length > 0 || userManager ? after : ['network.target']),
    wants: words(wants.filter((name) => !requires.includes(name))),
    requires: words(requires),
    wantedBy: words(wantedBy.length > 0 ? wantedBy : [userManager ? 'default.target' : 'multi-user.target']),
  }
}
