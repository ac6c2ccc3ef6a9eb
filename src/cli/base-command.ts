import { Command, Flags, type Config, type Interfaces } from '@oclif/core'
import { failure, type Failure } from '../base/failure.ts'
import { standardStream, Unwritable } from '../host/standard-stream.ts'
import { EXIT, exitStatusOf } from './exit-status.ts'
import { failureOnlyJson, writeJson } from './render/json.ts'
import { renderFailure } from './render/failure.ts'
import { Terminal } from './terminal.ts'

/** What every command has: --json and --quiet, and one way to fail. */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'print JSON for programs', helpGroup: 'OUTPUT' }),
    debug: Flags.boolean({ description: 'show every decision and every effect', helpGroup: 'OUTPUT' }),
    quiet: Flags.boolean({ char: 'q', description: 'print failures only', helpGroup: 'OUTPUT' }),
  }

  /** Like `run`, which would load the whole configuration of oclif first. */
  static async perform(
    this: new (argv: string[], config: Config) => BaseCommand,
    argv: readonly string[],
    config: Config,
  ): Promise<void> {
    await new this([...argv], config)._run()
  }

  /**
   * oclif sorts the words by where each first occurs, which mixes up the arguments of a program that has one of them
   * twice, and takes a missing word from the standard input: here words stay as they were given.
   */
  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<F, B, A>, argv?: string[]): Promise<Interfaces.ParserOutput<F, B, A>> {
    for (const arg of Object.values(options?.args ?? {})) arg.ignoreStdin = true
    const parsed = await super.parse<F, B, A>(options, argv)
    // The surroundings, which are made next, look there.
    if (Reflect.get(parsed.flags, 'debug') === true) process.env['DAEMONCTL_LOG'] = 'debug stderr'
    return { ...parsed, argv: parsed.raw.flatMap((token) => (token.type === 'arg' ? [token.input] : [])) }
  }

  /** Prints a failure as the caller wants to have it and gives the exit status that goes with it. */
  protected fail(reason: Failure, output: { json: boolean; terminal: Terminal }, name?: string): number {
    if (output.json) output.terminal.answer(writeJson(failureOnlyJson(reason)))
    else output.terminal.error(renderFailure(name, reason, output.terminal.theme))
    return exitStatusOf(reason)
  }

  protected terminal(quiet: boolean): Terminal {
    return new Terminal(standardStream(1), standardStream(2), process.env, quiet)
  }

  /** Everything that was written has left: boot ends with this status. */
  protected finish(status: number): void {
    process.exitCode = status
  }

  /** A mistake of ours, told apart from the failures that are values; usage errors keep oclif's own text. */
  protected override async catch(error: Error & { oclif?: { exit?: number }; exitCode?: number }): Promise<void> {
    if (error.oclif?.exit !== undefined) throw error
    const terminal = this.terminal(false)
    if (error instanceof Unwritable) {
      const unwritable = failure('failed', 'writing the answer', `standard output cannot be written: ${error.message}`)
      terminal.error(renderFailure(undefined, unwritable, terminal.theme))
      process.exit(exitStatusOf(unwritable))
    }
    terminal.error(
      renderFailure(
        undefined,
        failure('failed', 'planning', `this is a mistake in daemonctl: ${error.message}`, {
          details: (error.stack ?? '').split('\n').slice(1, 6),
          remedy: 'please report it with these lines',
        }),
        terminal.theme,
      ),
    )
    // Not only the status: what was begun and is now awaited by nobody would keep us for ever.
    process.exit(EXIT.bug)
  }
}
