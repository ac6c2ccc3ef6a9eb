import { loadNative } from './native.ts'
import { FRUGAL, isSingleExecutable, ownProgram } from './own-program.ts'

/**
 * Replaces this program by what is installed now: the same PID, children and place in the system.
 * execve(2); Node has it since 22.15, else koffi. `words`: what our arguments are then. Gives back only why it could
 * not be done.
 */
export function executeAnew(words: readonly string[], options: readonly string[] = process.execArgv): string {
  const argv = [...ownProgram(options), ...words]
  const execve: unknown = Reflect.get(process, 'execve')
  try {
    if (typeof execve === 'function') Reflect.apply(execve, process, [process.execPath, argv, process.env])
    const native = loadNative()
    if (native === undefined) return `Node ${process.version} has no execve: end it and begin it again`
    return native.execute(process.execPath, argv, environment())
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Whether it can be done here. */
export const canExecuteAnew = (): boolean =>
  typeof Reflect.get(process, 'execve') === 'function' || loadNative() !== undefined

/**
 * What waits for months is to need little: V8 is told so, which can only be done before it begins. Where that cannot
 * be had, it goes on as it is.
 */
export function executeFrugally(): void {
  if (isSingleExecutable() || FRUGAL.every((option) => process.execArgv.includes(option))) return
  executeAnew(process.argv.slice(2), [...process.execArgv, ...FRUGAL])
}

const environment = (): readonly string[] =>
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
