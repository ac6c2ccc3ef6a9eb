import type { Bytes } from '../../base/size.ts'
import type { LogSettings } from '../../definition/definition.ts'

/** Which archives go: all but the newest `keep`, and then the oldest while all together are larger than `maxTotal`. */
export function superfluous<Archive extends { readonly number: number; readonly size: Bytes }>(
  archives: readonly Archive[],
  { keep, maxTotal = Infinity }: Pick<LogSettings, 'keep' | 'maxTotal'>,
): readonly Archive[] {
  const newestFirst = archives.toSorted((a, b) => b.number - a.number)
  let total = 0
  const kept = newestFirst.slice(0, keep).filter(({ size }, index, all) => {
    total += size
    // What lies behind one that is too much is older, and goes as well.
    return total <= maxTotal && index < all.length
  })
  return newestFirst.slice(kept.length).toReversed()
}
