import type { Target } from '../target.ts'

/** The inits that a daemon can be enabled for. */
export const INIT_KINDS = [
  'systemd',
  'sysvinit',
  'openrc',
  'runit',
  's6',
  'launchd',
] as const satisfies readonly Target[]
export type InitKind = (typeof INIT_KINDS)[number]
