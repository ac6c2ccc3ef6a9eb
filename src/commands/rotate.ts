import { Args, Flags } from '@oclif/core'
import { parseDuration } from '../base/duration.ts'
import { failure } from '../base/failure.ts'
import { printable } from '../base/text.ts'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { exitStatusOf, worst } from '../cli/exit-status.ts'
import { actingFlags, choiceFlags } from '../cli/flags.ts'
import { renderFailure } from '../cli/render/failure.ts'
import { writeJson } from '../cli/render/json.ts'
import { rotationJson, rotationLine } from '../cli/render/rotation.ts'
import { Surroundings } from '../cli/surroundings.ts'
import type { Terminal } from '../cli/terminal.ts'
import { inParallel } from '../operations/in-parallel.ts'
import type { Subject } from '../operations/run.ts'
import { previewRotation, rotateIfDue } from '../logs/rotate.ts'

/** Two copies at once keep a disk busy. */
const AT_ONCE = 2

export default class RotateCommand extends DaemonCommand {
  static override summary = 'Rotate the logs of daemons that are due by size or age, without losing a line.'
  static override description =
    'What is due says the table [log] of the definition: max-size, max-age; keep, max-total and compress say what becomes of ' +
    'the archives. The head of the log is cut out by the kernel where the file system can do that (ext4, xfs); else the log is ' +
    'renamed and the daemon gets its log.reopen-signal; else it is copied and truncated, with a warning.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = {
    all: choiceFlags.all,
    file: choiceFlags.file,
    ...actingFlags,
    force: Flags.boolean({ description: 'whatever their size and age' }),
  }
  static override examples = ['<%= config.bin %> rotate --all', '<%= config.bin %> rotate myapp --force']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(RotateCommand)
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const lockWithin = parseDuration(flags['lock-timeout'])
    if (!lockWithin.ok) {
      return this.finish(this.fail(failure('usage', 'rotating the log', `--lock-timeout: ${lockWithin.error}`), output))
    }
    const subjects = await this.subjects(surroundings, flags, argv.map(String), 'only-one')
    if (!subjects.ok) return this.finish(this.fail(subjects.error, output))
    if (flags['dry-run']) return this.foretell(surroundings, subjects.value, flags.force, output)
    const { host } = surroundings
    const rotations = await inParallel(subjects.value, AT_ONCE, async (subject) => {
      const { name } = subject.definition
      const since = host.clock.monotonic()
      const done = await rotateIfDue(host, subject, {
        force: flags.force,
        lockWithin: lockWithin.value,
        waiting: (holder) =>
          terminal.waiting(
            `${name}: the lock held by ${printable(holder)}`,
            host.clock.monotonic() - since,
            lockWithin.value,
          ),
      })
      for (const rotation of done) {
        if (!flags.json) terminal.line(rotationLine(name, rotation, terminal.theme))
        for (const text of rotation.warnings) terminal.error(`${terminal.theme.odd('daemonctl:')} ${name}: ${text}`)
        if (rotation.failure !== undefined && !flags.json) {
          terminal.error(renderFailure(name, rotation.failure, terminal.theme))
        }
      }
      return done.map((rotation) => ({ name, rotation }))
    })
    const all = rotations.flat()
    if (flags.json) {
      const logs = all.map(({ name, rotation }) => rotationJson(name, rotation))
      terminal.answer(writeJson({ version: 1, verb: 'rotate', logs }))
    } else if (all.length === 0) terminal.line('none of them has a log')
    this.finish(worst(all.map(({ rotation }) => exitStatusOf(rotation.failure))))
  }

  private foretell(
    { host }: Surroundings,
    subjects: readonly Subject[],
    force: boolean,
    { json, terminal }: { readonly json: boolean; readonly terminal: Terminal },
  ): void {
    const logs = subjects.flatMap((subject) =>
      previewRotation(host, subject, force).map((log) => ({ name: subject.definition.name, ...log })),
    )
    if (json) return terminal.answer(writeJson({ version: 1, verb: 'rotate', logs }))
    for (const { name, path, due, why } of logs) {
      terminal.answer(printable(`${name}: ${path} ${due ? 'would be rotated' : 'would be left alone'}: ${why}`))
    }
  }
}
