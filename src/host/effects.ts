import type { Host } from './host.ts'

/** The methods of a host that change the world. */
export const EFFECTS: Readonly<Partial<Record<keyof Host, readonly string[]>>> = {
  signaller: ['send'],
  spawner: ['spawn'],
  commands: ['run'],
  pidfiles: ['write', 'remove'],
  records: ['write', 'remove', 'writeLastGood'],
  wishes: ['write'],
  scales: ['write', 'forget'],
  history: ['append'],
  locks: ['acquire'],
  cgroups: ['join', 'kill', 'remove'],
  captures: ['revive'],
  files: ['makeDirectory', 'touch', 'remove'],
  logs: [
    'writeState',
    'copyHead',
    'collapse',
    'truncate',
    'promoteCopy',
    'discardCopy',
    'moveAside',
    'remake',
    'compress',
    'removeArchive',
  ],
}
