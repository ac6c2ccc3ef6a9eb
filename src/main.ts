import { runProgram } from './cli/program.ts'

/** The bundle's only export: the boot calls it. */
export async function main(argv: readonly string[]): Promise<void> {
  const { DAEMONCTL_CAPTURE: target, DAEMONCTL_CAPTURES: directory, DAEMONCTL_STRANGER: stranger } = process.env
  if (stranger === '1' && argv[0]?.startsWith('stranger-') === true) {
    // Not a verb: a process of a test, where Node has no file of its own, see host/stranger.ts.
    const { beStranger } = await import('./host/stranger.ts')
    return beStranger()
  }
  if (target === undefined || directory === undefined || argv[0] !== 'capture') return runProgram(argv)
  // Not a verb: the process that reads the output of a captured daemon, see host/capture-start.ts.
  const { runCapture } = await import('./cli/capture.ts')
  process.exitCode = await runCapture(target, directory)
}
