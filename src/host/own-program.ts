import { resolve } from 'node:path'

/**
 * The words by which this program is called again: the interpreter with `options` for it and the script, or only the
 * executable, where the interpreter is inside of that. Options of Node cannot be given to such a one.
 */
export function ownProgram(options: readonly string[] = []): readonly string[] {
  if (isSingleExecutable()) return [process.execPath]
  const [, script = ''] = process.argv
  return [process.execPath, ...options, resolve(script)]
}

/** Whether Node is inside of our own file: `process.execPath` takes no script and no options then. */
export const isSingleExecutable = (): boolean => process.getBuiltinModule('node:sea').isSea()
