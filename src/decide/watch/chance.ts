/** One number of [0, 1) from a seed, and the seed of the next: mulberry32. The same seed gives the same numbers. */
export function draw(seed: number): { readonly chance: number; readonly seed: number } {
  const next = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(next ^ (next >>> 15), next | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return { chance: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32, seed: next }
}
