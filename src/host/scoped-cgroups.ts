import { checksum } from '../base/checksum.ts'
import type { CgroupMaker } from './cgroup-place.ts'
import { SYSTEM_RUNTIME } from './directories.ts'

/**
 * Two scopes (runtime directories) may each have a daemon of the same name: their cgroups must differ, or the end
 * of one would be the end of the other.
 */
export function scopedMaker(maker: CgroupMaker, runtimeDirectory: string): CgroupMaker {
  const scope = runtimeDirectory === SYSTEM_RUNTIME ? '' : `.${checksum(runtimeDirectory)}`
  return {
    make: (key) => maker.make(`${key}${scope}`),
    placeOf: (key) => maker.placeOf(`${key}${scope}`),
    join: (path, pid) => maker.join(path, pid),
    joinAtOnce: (path, pid) => maker.joinAtOnce(path, pid),
  }
}
