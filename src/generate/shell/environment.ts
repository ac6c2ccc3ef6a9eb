import type { Command, Definition } from '../../definition/definition.ts'
import type { View } from '../fill.ts'
import { shellWord, shellWords } from '../quote/shell.ts'

/**
 * What the partial templates/environment.mustache needs: functions by which a shell script executes programs as the
 * daemon is executed, as its user, in its directory, with its environment alone.
 */
export function environmentView(definition: Definition): View {
  const { name, user, group, umask, directory, environment, environmentFiles, inheritEnvironment } = definition
  return {
    daemonName: shellWord(name),
    user: user === undefined ? "''" : shellWord(user),
    group: group === undefined ? "''" : shellWord(group),
    switchesUser: user !== undefined || group !== undefined,
    umask: umask.toString(8).padStart(4, '0'),
    directory: shellWord(directory),
    hasEnvironment: Object.keys(environment).length > 0,
    environment: Object.entries(environment).map(([key, value]) => shellWord(`${key}=${value}`)),
    // The first one is to be read first: so it is put around the others last.
    environmentFiles: environmentFiles.toReversed().map(({ path, optional }) => ({ path: shellWord(path), optional })),
    inheritEnvironment,
    prefix: prefixOf(definition),
  }
}

/** nice(1) and prlimit(1), which execute what follows. Limits are raised before the user is switched. */
function prefixOf({ nice, limits }: Definition): string {
  return [
    ...(nice === undefined ? [] : ['nice', '-n', String(nice)]),
    ...(Object.keys(limits).length === 0 ? [] : ['prlimit']),
    ...Object.entries(limits).map(([key, { soft, hard }]) => `--${key}=${soft}:${hard}`),
  ].join(' ')
}

export const commandWords = (command: Command | undefined): string | undefined =>
  command === undefined ? undefined : shellWords(command.argv)

/** Whole seconds, at least one: bounds of timeout(1) and sleeps of a plain shell. */
export const wholeSeconds = (span: number): string => String(Math.max(1, Math.ceil(span / 1000)))

/** env(1) takes such a word for a variable. */
export const looksLikeVariable = ({ command }: Definition): boolean => command.argv[0]?.includes('=') === true

/**
 * The words after `env` and its own variables that execute the command with what the definition adds: environment
 * files first, by a shell each, then [environment], which wins.
 */
export function wordsWithEnvironment({ command, environment, environmentFiles }: Definition): readonly string[] {
  return [
    ...environmentFiles.flatMap(({ path, optional }) => ['/bin/sh', '-c', optional ? IF_THERE : SURELY, path]),
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...command.argv,
  ]
}

const SURELY = 'set -a; . "$0"; set +a; exec env "$@"'
const IF_THERE = 'if [ -r "$0" ]; then set -a; . "$0"; set +a; fi; exec env "$@"'
