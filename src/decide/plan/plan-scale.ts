/** How many instances of a definition there are, and how many there may be yet. */
export interface Numbers {
  /** What the definition itself asks for. */
  readonly defined: number
  /** What an operator has asked for. */
  readonly kept: number | undefined
  /** Instances beyond the number in force that run nevertheless. */
  readonly strays: readonly number[]
}

export interface ScalePlan {
  readonly from: number
  readonly to: number
  /** The highest first. */
  readonly stop: readonly number[]
  readonly start: readonly number[]
  /** What becomes of the number that is kept. */
  readonly number: 'write' | 'forget' | 'leave'
}

/**
 * Afterwards NAME@1 to NAME@N run, and no others. What is too many is stopped before the number is written, what is
 * missing is started after that: whoever is killed in between leaves a number by which all that runs is listed, and
 * the same command goes on from there.
 */
export function planScale({ defined, kept, strays }: Numbers, wanted: number | 'as-defined'): ScalePlan {
  const from = kept ?? defined
  const to = wanted === 'as-defined' ? defined : wanted
  const tooMany = [...range(to + 1, from), ...strays.filter((instance) => instance > Math.max(from, to))]
  return {
    from,
    to,
    stop: tooMany.toSorted((a, b) => b - a),
    start: range(1, to),
    number: wanted === kept || (wanted === 'as-defined' && kept === undefined) ? 'leave' : forgetOrWrite(wanted),
  }
}

const forgetOrWrite = (wanted: number | 'as-defined'): 'write' | 'forget' =>
  wanted === 'as-defined' ? 'forget' : 'write'

const range = (first: number, last: number): readonly number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
