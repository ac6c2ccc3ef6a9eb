import type { BootSettings } from '../../definition/definition.ts'

/** LSB facilities for what systemd, OpenRC and people call them. Facility names, LSB core 22.4 */
const FACILITIES: Readonly<Record<string, string>> = {
  network: '$network',
  net: '$network',
  'network-online': '$network',
  'local-fs': '$local_fs',
  localmount: '$local_fs',
  'remote-fs': '$remote_fs',
  netmount: '$remote_fs',
  syslog: '$syslog',
  logger: '$syslog',
  dns: '$named',
  'nss-lookup': '$named',
  named: '$named',
  time: '$time',
  'time-sync': '$time',
  portmap: '$portmap',
  rpcbind: '$portmap',
}

const facility = (name: string): string => {
  const bare = name.replace(/\.(target|service|socket)$/, '')
  return FACILITIES[bare] ?? bare.replace('@', '-')
}

export interface OrderView {
  readonly requiredStart: string
  readonly requiredStop: string
  readonly shouldStart: string
  readonly levels: string
  readonly defaultStart: string
  readonly defaultStop: string
  readonly startPriority: string
  readonly stopPriority: string
}

/** [boot] for the LSB header and for chkconfig's. */
export function orderView({ requires, after, runlevels, startPriority, stopPriority }: BootSettings): OrderView {
  const required = [...new Set(['$local_fs', '$remote_fs', '$network', ...requires.map(facility)])].join(' ')
  const others = '0123456'.split('').filter((level) => !runlevels.includes(level))
  const should = new Set(['$syslog', ...after.map(facility)])
  return {
    requiredStart: required,
    requiredStop: required,
    shouldStart: [...should].filter((name) => !required.split(' ').includes(name)).join(' '),
    levels: runlevels.replaceAll('S', '') || '-',
    defaultStart: runlevels.split('').join(' '),
    defaultStop: others.join(' '),
    startPriority: String(startPriority).padStart(2, '0'),
    stopPriority: String(stopPriority).padStart(2, '0'),
  }
}
