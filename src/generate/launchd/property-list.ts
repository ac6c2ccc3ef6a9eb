import { err, ok } from '../../base/result.ts'
import type { Definition, LogTarget } from '../../definition/definition.ts'
import template from '../../../templates/launchd.mustache'
import { lossLines } from '../comments.ts'
import { fill } from '../fill.ts'
import type { Generator } from '../generator.ts'
import { xmlText } from '../quote/xml.ts'
import { shellWords } from '../quote/shell.ts'
import { cannotCarry } from '../refuse.ts'
import { wordsWithEnvironment } from '../shell/environment.ts'
import { stopOf } from '../shell/supervised.ts'
import { limitsOf } from './limits.ts'
import { noteLosses } from './losses.ts'

/** A property list for launchd(8), with keys of launchd.plist(5) only. */
export const launchd: Generator = (definition, options, losses) => {
  const { name, directory, user, group, umask, environment, nice, limits, log, respawn, stop } = definition
  const words = argumentsOf(definition)
  const texts = [...words, directory, name, ...Object.entries(environment).flat(), ...logPaths(definition)]
  const strange = texts.find((text) => xmlText(text) === undefined)
  if (strange !== undefined) {
    return err(cannotCarry('launchd', 'command', strange, 'XML knows no control characters'))
  }
  noteLosses(definition, losses)
  const { killAfter } = stopOf(definition)
  const about = definition.description?.replaceAll(/\s+/g, ' ').trim()
  const view = {
    name: text(name),
    about: about === undefined || about === '' ? undefined : comment(about),
    comments: options.comments ? lossLines(losses.list()).map(comment) : [],
    arguments: words.map(text),
    directory: text(directory),
    user: user === undefined ? undefined : text(user),
    group: group === undefined ? undefined : text(group),
    umask: String(umask),
    hasEnvironment: Object.keys(environment).length > 0,
    environment: Object.entries(environment).map(([key, value]) => ({ key: text(key), value: text(value) })),
    nice: nice === undefined ? undefined : String(nice),
    stdout: logPath(log.stdout),
    stderr: log.stderr.kind === 'same-as-stdout' ? logPath(log.stdout) : logPath(log.stderr),
    always: respawn.policy === 'always',
    onFailure: respawn.policy === 'on-failure',
    throttle: String(Math.max(1, Math.ceil(respawn.delay / 1000))),
    exitTimeout: killAfter === undefined ? '0' : String(Math.max(1, Math.ceil(killAfter / 1000))),
    abandons: stop.killMode === 'main',
    hasLimits: limitsOf(limits, 'soft').length + limitsOf(limits, 'hard').length > 0,
    soft: limitsOf(limits, 'soft'),
    hard: limitsOf(limits, 'hard'),
  }
  return ok([
    {
      path: `/Library/LaunchDaemons/${name}.plist`,
      name: `${name}.plist`,
      text: fill(template, view),
      mode: 0o644,
    },
  ])
}

const text = (value: string): string => xmlText(value) ?? ''

/** A comment of XML ends with two hyphens. */
const comment = (line: string): string => text(line.replaceAll(/-(?=-)/g, '- '))

/** The program itself, or a shell that first tests the configuration or reads files, or that stays beside it. */
function argumentsOf(definition: Definition): readonly string[] {
  const { command, configTest, environmentFiles, type, pidfile } = definition
  const words = environmentFiles.length === 0 ? command.argv : ['/usr/bin/env', ...wordsWithEnvironment(definition)]
  const test = configTest === undefined ? '' : `${shellWords(configTest.argv)} || exit 78; `
  if (type === 'forking') return ['/bin/sh', '-c', `${test}${STAYS}`, pidfile, ...words]
  return test === '' ? words : ['/bin/sh', '-c', `${test}exec "$@"`, definition.name, ...words]
}

/** launchd takes a program that detaches itself for one that has ended. $0 is the pidfile. */
const STAYS = `rm -f "$0"; "$@" || exit; i=0
until [ -s "$0" ]; do [ $i -lt 300 ] || exit 1; i=$((i + 1)); sleep 0.1; done
for s in TERM INT QUIT HUP USR1 USR2; do trap "kill -s $s \\$(head -n 1 "\\$0")" $s; done
while [ -s "$0" ] && kill -s 0 "$(head -n 1 "$0")"; do sleep 1 & wait $!; done`

const logPaths = ({ log }: Definition): readonly string[] =>
  [log.stdout, log.stderr].flatMap((target) => (target.kind === 'file' ? [target.path] : []))

const logPath = (target: LogTarget): string | undefined =>
  target.kind === 'file' ? text(target.path) : target.kind === 'null' ? '/dev/null' : undefined
