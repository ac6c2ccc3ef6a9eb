import { basename, dirname, resolve } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Definition } from '../definition/definition.ts'
import { definitionFromFlags } from '../definition/flags.ts'
import { formatFinding } from '../definition/problem.ts'
import { PROJECT_FILE } from '../host/directories.ts'
import { FRUGAL, ownProgram } from '../host/own-program.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * The watcher for the host's init: in the foreground, for the init detaches it, and ended alone, for its daemons are
 * to live on. The directories that we were told to use are told to it as well.
 */
export async function watcherDefinition(
  surroundings: Surroundings,
  choice: { readonly file?: string | undefined; readonly names: readonly string[] },
): Promise<Result<Definition, Failure>> {
  const { file, names } = choice
  const chosen = await surroundings.select({ file, all: false, names, without: 'everything' })
  if (!chosen.ok) return chosen
  const project = chosen.value.find((source) => basename(source.file) === PROJECT_FILE)
  const definition = definitionFromFlags({
    name: 'daemonctl-watch',
    values: {
      description: 'daemonctl watch, which keeps daemons up',
      command: [
        ...ownProgram(FRUGAL),
        'watch',
        ...(file === undefined ? [] : ['--file', resolve(file)]),
        ...(names.length === 0 ? [] : ['--', ...names]),
      ],
      pidfile: '/run/daemonctl-watch.pid',
      // A project's file is found from where it lies.
      directory: project === undefined || file !== undefined ? '/' : dirname(resolve(project.file)),
      environment: directoryVariables(),
      log: { stdout: `${surroundings.directories.log}/watcher.log` },
      stop: { schedule: 'TERM/60/KILL/5', 'kill-mode': 'main' },
      reload: { signal: 'HUP' },
      respawn: { policy: 'always' },
    },
    context: { ...surroundings.context(), directory: process.cwd() },
  })
  if (definition.ok) return ok(definition.value)
  return err(failure('failed', 'generating', definition.error.map(formatFinding).join('; ')))
}

const directoryVariables = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && /^DAEMONCTL_[A-Z]+_DIR$/.test(name) ? [[name, value]] : [],
    ),
  )
