import type { Definition, Limit } from '../../definition/definition.ts'

/** Limit*= lines, "LimitNOFILE=1024:65536". systemd.exec(5), Process Properties */
export const limitLines = (definition: Definition): readonly string[] =>
  Object.entries(definition.limits).map(([name, limit]) => `Limit${name.toUpperCase()}=${limitValue(limit)}`)

function limitValue({ soft, hard }: Limit): string {
  const one = (value: Limit['soft']): string => (value === 'unlimited' ? 'infinity' : String(value))
  return soft === hard ? one(soft) : `${one(soft)}:${one(hard)}`
}
