import type { Definition } from '../definition/definition.ts'

/** The log files of a daemon, each once. */
export const namedLogs = ({ log }: Definition): readonly string[] => [
  ...new Set([log.stdout, log.stderr].flatMap((target) => (target.kind === 'file' ? [target.path] : []))),
]
