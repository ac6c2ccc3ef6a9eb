/** A key of a file, from its root: `['daemons', 'web', 'stop', 'schedule']`; a number is the index of an array. */
export type KeyPath = readonly (string | number)[]

/** What is wrong with a key, before anyone asked where in a file it stands. */
export interface Finding {
  readonly path: KeyPath
  /** One sentence without a full stop at its end. */
  readonly message: string
  /** What to write instead. */
  readonly remedy?: string
}

/** A finding at its place in a file. Lines and columns count from 1, as editors do. */
export interface Problem extends Finding {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `daemonctl.toml:12:3: message`, the form that editors and CI systems jump from. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${sentence(problem)}`
}

/** `stop.schedule: message`, for values that came from no file. */
export function formatFinding(finding: Finding): string {
  const key = formatKey(finding.path)
  return key === '' ? sentence(finding) : `${key}: ${sentence(finding)}`
}

/** `stop.schedule`, `success-exit[2]`, `environment."A B"`: a key as TOML writes it. */
export function formatKey(path: KeyPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`
      const written = /^[\w-]+$/.test(part) ? part : JSON.stringify(part)
      return index === 0 ? written : `.${written}`
    })
    .join('')
}

/** Whether `path` is `prefix` or lies within it. */
export function isWithin(path: KeyPath, prefix: KeyPath): boolean {
  return prefix.length <= path.length && prefix.every((part, index) => part === path[index])
}

function sentence(finding: Finding): string {
  return finding.remedy === undefined ? finding.message : `${finding.message}; ${finding.remedy}`
}
