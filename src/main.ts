import { runProgram } from './cli/program.ts'

/** The bundle's only export: bin/run.js calls it. */
export function main(argv: readonly string[]): void {
  void runProgram(argv)
}
