import type { Told } from '../../decide/watch/simulate.ts'
import type { Json } from '../../base/json.ts'

/** What `watch --simulate --json` prints. */
export const simulationJson = (
  scenario: string,
  daemons: readonly { readonly name: string; readonly told: readonly Told[] }[],
): Json => ({
  version: 1,
  scenario,
  daemons: daemons.map(({ name, told }) => ({
    name,
    timeline: told.map(({ at, text }) => ({ 'at-ms': Math.round(at), message: text })),
  })),
})
