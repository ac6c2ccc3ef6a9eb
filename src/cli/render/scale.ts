import type { Json } from '../../base/json.ts'
import { printable } from '../../base/text.ts'
import type { ScalePlan } from '../../decide/plan/plan-scale.ts'
import type { Scale } from '../../host/host.ts'
import { time } from './status.ts'

/** `web has 5 instances now, 3 before` */
export function renderNumber(name: string, { from, to, number }: ScalePlan, dryRun: boolean): string {
  const before = from === to ? '' : `, ${from} before`
  const kept = number === 'forget' ? ', as its definition says' : ''
  return dryRun
    ? `${printable(name)} would have ${to} ${instances(to)}${kept}${before}`
    : `${printable(name)} has ${to} ${instances(to)}${kept}${before}`
}

/** Who has asked for how many, and the way back. */
export const renderScale = ({ name, instances: count, at, by }: Scale): string =>
  `${printable(name)} was scaled to ${count} ${instances(count)} by ${printable(by.user ?? `uid ${by.uid}`)} at ${time(at)}: ` +
  `"daemonctl scale ${printable(name)} --reset" goes back to its definition`

/** docs/json.md */
export const numberJson = (name: string, { from, to, number }: ScalePlan): { readonly [key: string]: Json } => ({
  name,
  instances: to,
  'previous-instances': from,
  'as-defined': number === 'forget',
})

/** docs/json.md */
export const scaleJson = ({ name, file, instances, at, by }: Scale): Json => ({
  name,
  file,
  instances,
  at: new Date(at).toISOString(),
  by: by.user ?? String(by.uid),
})

const instances = (count: number): string => (count === 1 ? 'instance' : 'instances')
