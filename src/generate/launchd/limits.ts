import type { Limit, LimitName } from '../../definition/definition.ts'

/** launchd.plist(5), SoftResourceLimits. */
export const LIMIT_KEYS: Readonly<Partial<Record<LimitName, string>>> = {
  core: 'Core',
  cpu: 'CPU',
  data: 'Data',
  fsize: 'FileSize',
  memlock: 'MemoryLock',
  nofile: 'NumberOfFiles',
  nproc: 'NumberOfProcesses',
  rss: 'ResidentSetSize',
  stack: 'Stack',
}

/** launchd has no word for unlimited: what is not said is as it is. */
export function limitsOf(limits: Readonly<Partial<Record<LimitName, Limit>>>, side: 'soft' | 'hard') {
  const found: { key: string; value: string }[] = []
  for (const [name, key] of Object.entries(LIMIT_KEYS)) {
    const limit = Object.entries(limits).find(([one]) => one === name)?.[1]
    const value = limit?.[side]
    if (value !== undefined && value !== 'unlimited') found.push({ key, value: String(value) })
  }
  return found
}
