import type { CgroupMaker } from './cgroup-place.ts'
import { SYSTEM_RUNTIME } from './directories.ts'

/**
 * Two scopes (runtime directories) may each have a daemon of the same name: their cgroups must differ, or the end
 * of one would be the end of the other.
 */
export function scopedMaker(maker: CgroupMaker, runtimeDirectory: string): CgroupMaker {
  const scope = runtimeDirectory === SYSTEM_RUNTIME ? '' : `.${checksum(runtimeDirectory)}`
  return { make: (key) => maker.make(`${key}${scope}`), join: (path, pid) => maker.join(path, pid) }
}

/** FNV-1a, twice 32 bits: tells paths apart, nothing more. */
function checksum(text: string): string {
  const half = (start: number): string => {
    let hash = start
    for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
    return hash.toString(16).padStart(8, '0')
  }
  return half(0x811c9dc5) + half(0x9dc5811c)
}
