import { basename, dirname, resolve } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { definitionFromFlags } from '../definition/flags.ts'
import { formatFinding } from '../definition/problem.ts'
import { PROJECT_FILE } from '../host/directories.ts'
import { FRUGAL, ownProgram } from '../host/own-program.ts'
import type { Subject } from '../operations/run.ts'
import type { Surroundings } from './surroundings.ts'
import type { WatchChoice } from './watching.ts'

export interface DetachedFlags extends WatchChoice {
  readonly onExit: 'leave' | 'stop'
  readonly controlGroup: string | undefined
  readonly metrics: string | undefined
}

const READY_FD = 3

/**
 * The watcher as a daemon of its own kind: started, stopped and replaced by the same operations as any other. It is
 * ended alone: what it has started is not of it.
 */
export async function watcherSubject(
  surroundings: Surroundings,
  flags: DetachedFlags,
): Promise<Result<Subject, Failure>> {
  const { directories } = surroundings
  const words = [
    'watch',
    '--on-exit',
    flags.onExit,
    '--ready-fd',
    String(READY_FD),
    ...(flags.controlGroup === undefined ? [] : ['--control-group', flags.controlGroup]),
    ...(flags.metrics === undefined ? [] : ['--metrics', flags.metrics]),
    ...(flags.file === undefined ? [] : ['--file', resolve(flags.file)]),
    ...(flags.names.length === 0 ? [] : ['--', ...flags.names]),
  ]
  const definition = definitionFromFlags({
    name: 'watcher',
    values: {
      description: 'daemonctl watch',
      command: [...ownProgram(FRUGAL), ...words],
      // Below the place of the daemons' own pidfiles: a daemon may be called "watcher" as well.
      pidfile: `${directories.runtime}/watcher/watcher.pid`,
      directory: flags.file === undefined ? await projectDirectory(surroundings, flags) : '/',
      'inherit-environment': true,
      // What a login would have is not what we go by: our directories and "~" are to be its as well.
      environment: process.env['HOME'] === undefined ? {} : { HOME: process.env['HOME'] },
      log: { stdout: `${directories.log}/watcher.log` },
      start: { ready: { fd: READY_FD }, timeout: '1m' },
      stop: { schedule: 'TERM/60/KILL/5', 'kill-mode': 'main' },
      reload: { signal: 'HUP' },
    },
    context: { ...surroundings.context(), directory: process.cwd() },
  })
  if (!definition.ok) {
    return err(failure('failed', 'planning', definition.error.map(formatFinding).join('; ')))
  }
  return ok(surroundings.subject(definition.value))
}

/** A daemon lives in "/", but a project's file is found from where it lies. */
async function projectDirectory(surroundings: Surroundings, { names, file }: WatchChoice): Promise<string> {
  const chosen = await surroundings.select({ file, all: false, names, without: 'everything' })
  const project = chosen.ok ? chosen.value.find((source) => basename(source.file) === PROJECT_FILE) : undefined
  return project === undefined ? '/' : dirname(resolve(project.file))
}
