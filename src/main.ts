import { runProgram } from './cli/program.ts'

/** The bundle's only export: the boot calls it. */
export async function main(argv: readonly string[]): Promise<void> {
  const { DAEMONCTL_CAPTURE: target, DAEMONCTL_CAPTURES: directory } = process.env
  if (target === undefined || directory === undefined || argv[0] !== 'capture') return runProgram(argv)
  // Not a verb: the process that reads the output of a captured daemon, see host/capture-start.ts.
  const { runCapture } = await import('./cli/capture.ts')
  process.exitCode = await runCapture(target, directory)
}
