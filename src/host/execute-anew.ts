import { ownProgram } from './own-program.ts'

/**
 * Replaces this program by what is installed now: the same PID, children and place in the system.
 * execve(2); Node has it since 22.15. `words`: what our arguments are then. Gives back only why it could not be done.
 */
export function executeAnew(words: readonly string[]): string {
  const execve: unknown = Reflect.get(process, 'execve')
  if (typeof execve !== 'function') return `Node ${process.version} has no execve: end it and begin it again`
  try {
    const argv = [...ownProgram(process.execArgv), ...words]
    Reflect.apply(execve, process, [process.execPath, argv, process.env])
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'execve came back'
}

/** Whether this Node can. */
export const canExecuteAnew = (): boolean => typeof Reflect.get(process, 'execve') === 'function'
