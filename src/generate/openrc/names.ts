import type { BootSettings } from '../../definition/definition.ts'

/** OpenRC's names for what others call otherwise: virtual ones (net, dns, logger, clock) and stages of the boot. */
const NAMES: Readonly<Record<string, string>> = {
  network: 'net',
  'network-online': 'net',
  'local-fs': 'localmount',
  'remote-fs': 'netmount',
  syslog: 'logger',
  named: 'dns',
  'nss-lookup': 'dns',
  time: 'clock',
  'time-sync': 'clock',
  rpcbind: 'portmap',
}

const named = (name: string): string => {
  const bare = name
    .replace(/^\$/, '')
    .replaceAll('_', '-')
    .replace(/\.(target|service|socket)$/, '')
  return NAMES[bare] ?? bare.replace('@', '-')
}

export interface Dependencies {
  readonly need: string
  readonly use: string
  readonly after: string
}

/** depend() of openrc-run(8): what must be there, what is used if it is there, and only the order. */
export function dependencies({ requires, after }: BootSettings): Dependencies {
  const need = [...new Set(['localmount', ...requires.map(named)])]
  const later = [...new Set(after.map(named))].filter((name) => !need.includes(name))
  return {
    need: need.join(' '),
    use: ['net', 'dns', 'logger'].filter((name) => !need.includes(name)).join(' '),
    after: later.filter((name) => !['net', 'dns', 'logger'].includes(name)).join(' '),
  }
}
