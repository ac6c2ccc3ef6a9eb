import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { EXIT } from '../cli/exit-status.ts'
import { interruption } from '../cli/interruption.ts'
import { proveScene } from '../cli/prove-scene.ts'
import { writeJson } from '../cli/render/json.ts'
import { proofJson, renderChapter, renderProof, renderVerdict } from '../cli/render/prove.ts'
import { CHAPTERS, type Chapter } from '../decide/prove/chapters.ts'
import { hasFailed, type Verdict } from '../decide/prove/verdict.ts'
import { newProofBench } from '../host/proof-bench.ts'
import { prove } from '../operations/prove/prove.ts'

export default class Prove extends BaseCommand {
  static override summary = 'Examine a daemon: does it do what daemons should?'
  static override description =
    'Starts it in a scratch place, twice, kills it, reloads it, renames its log, sends it TERM too early, and tells what is wrong and what mends it. ' +
    'The daemon must not be running. Exit status: 0 without a failed check, else 1; advice is no failure.'
  static override args = { name: Args.string({ description: 'the name of a daemon' }) }
  static override flags = {
    file: Flags.string({ char: 'f', description: 'the file of definitions', helpValue: 'PATH' }),
  }
  static override examples = ['<%= config.bin %> prove myapp', '<%= config.bin %> prove myapp --json']

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Prove)
    const terminal = this.terminal(flags.quiet)
    const bench = newProofBench(process.geteuid?.() ?? 0)
    const interrupt = interruption()
    try {
      const scene = await proveScene(bench, terminal, flags.file, args.name)
      if (!scene.ok) return this.finish(this.fail(scene.error, { json: flags.json, terminal }))
      const { clock } = scene.value.host
      const { name } = scene.value.definition
      const began = clock.monotonic()
      const verdicts = await prove({
        scene: scene.value,
        interrupted: interrupt.signal,
        examined: (chapter: Chapter, found: readonly Verdict[]) => {
          if (flags.json) return
          if (!flags.quiet) return terminal.line(renderChapter(CHAPTERS[chapter], found, terminal.theme))
          for (const verdict of found.filter(({ result }) => result === 'failed')) {
            terminal.answer(renderVerdict(verdict, terminal.theme).join('\n'))
          }
        },
      })
      if (flags.json) terminal.answer(writeJson(proofJson(name, verdicts)))
      else terminal.line(renderProof(name, verdicts, clock.monotonic() - began, terminal.theme))
      if (interrupt.signal.aborted) return this.finish(EXIT.interrupted)
      this.finish(hasFailed(verdicts) ? EXIT.failed : EXIT.done)
    } finally {
      interrupt.off()
      bench.close()
    }
  }
}
