import type { Definition } from '../definition/definition.ts'

/** The files that a daemon's output goes to: standard output first, each once. */
export function logPathsOf({ log }: Pick<Definition, 'log'>): readonly string[] {
  const paths = [log.stdout, log.stderr].flatMap((target) => (target.kind === 'file' ? [target.path] : []))
  return [...new Set(paths)]
}
