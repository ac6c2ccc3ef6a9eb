import mjs from '../../../templates/new/mjs.mustache'
import php from '../../../templates/new/php.mustache'
import py from '../../../templates/new/py.mustache'
import sh from '../../../templates/new/sh.mustache'
import toml from '../../../templates/new/toml.mustache'
import { fillExactly } from '../fill.ts'

/** What a new daemon can be written in, and what runs it. */
export const LANGUAGES = {
  php: { program: 'php', ending: 'php', template: php, hasMetrics: true },
  node: { program: 'node', ending: 'mjs', template: mjs, hasMetrics: true },
  python: { program: 'python3', ending: 'py', template: py, hasMetrics: true },
  // A shell cannot listen.
  sh: { program: 'sh', ending: 'sh', template: sh, hasMetrics: false },
} as const

export type Language = keyof typeof LANGUAGES

export const LANGUAGE_NAMES = Object.keys(LANGUAGES).filter((name): name is Language => name in LANGUAGES)

export interface ScaffoldOptions {
  /** Of a daemon, without an instance. */
  readonly name: string
  readonly language: Language
  /** It detaches itself, and writes its own pidfile. */
  readonly forking: boolean
  /** Undefined: one process. */
  readonly workers: number | undefined
  /** Where it will lie, absolute. */
  readonly directory: string
  /** What runs it, as its definition says. */
  readonly program: string
}

export interface ScaffoldFile {
  readonly path: string
  readonly text: string
  readonly mode: number
}

/** A daemon that does nothing yet, and does it well; with its definition. Every combination passes `prove`. */
export function scaffold(options: ScaffoldOptions): readonly [program: ScaffoldFile, definition: ScaffoldFile] {
  const { name, language, forking, workers, directory, program } = options
  const { ending, template, hasMetrics } = LANGUAGES[language]
  const at = (ending: string): string => `${directory === '/' ? '' : directory}/${name}.${ending}`
  const view = {
    name,
    forking,
    workers: workers ?? false,
    description: quoted(workers === undefined ? name : `${name}, with ${workers} workers`),
    command: `[${quoted(program)}, ${quoted(at(ending))}]`,
    pidfile: quoted(at('pid')),
    config: quoted(at('conf')),
    log: quoted(at('log')),
    lock: quoted(at('lock')),
    metrics: hasMetrics && quoted(at('sock')),
  }
  const fill = (template: string): string => fillExactly(template, view)
  return [
    { path: at(ending), text: fill(template), mode: 0o755 },
    { path: at('toml'), text: fill(toml), mode: 0o644 },
  ]
}

/** A basic string of TOML is one of JSON. */
const quoted = (text: string): string => JSON.stringify(text)
