import { runProgram } from './cli/program.ts'

/** The bundle's only export: the boot calls it. */
export const main = (argv: readonly string[]): Promise<void> => runProgram(argv)
