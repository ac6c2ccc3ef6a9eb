import bash from '../../templates/completion/bash.mustache'
import fish from '../../templates/completion/fish.mustache'
import zsh from '../../templates/completion/zsh.mustache'
import { fill } from '../generate/fill.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A command as completion needs it. */
export interface CompletedCommand {
  readonly id: string
  readonly aliases: readonly string[]
  readonly summary: string
  readonly flags: readonly CompletedFlag[]
}

export interface CompletedFlag {
  readonly name: string
  readonly char: string | undefined
  readonly description: string
  /** What its value is: nothing, one of these words, a path, or something else. */
  readonly value: 'none' | 'file' | 'text' | readonly string[]
}

/** The completion of every verb, alias, flag and name for a shell, as a script for it. Pure. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  switch (shell) {
    case 'bash':
      return forBash(commands)
    case 'zsh':
      return forZsh(commands)
    case 'fish':
      return forFish(commands)
  }
}

function forBash(commands: readonly CompletedCommand[]): string {
  const ofValue = (is: (value: CompletedFlag['value']) => boolean): { pattern: string; words: string }[] =>
    commands.flatMap(({ id, aliases, flags }) =>
      flags
        .filter(({ value }) => is(value))
        .map((flag) => ({
          pattern: [id, ...aliases]
            .flatMap((verb) => spellings(flag).map((word) => quoted(`${verb} ${word}`)))
            .join('|'),
          words: quoted(typeof flag.value === 'string' ? '' : flag.value.join(' ')),
        })),
    )
  return fill(bash, {
    verbs: quoted(commands.flatMap(verbsOf).join(' ')),
    choices: ofValue((value) => typeof value !== 'string'),
    files: ofValue((value) => value === 'file'),
    values: ofValue((value) => value === 'text'),
    commands: commands.map((command) => ({
      pattern: verbsOf(command).join('|'),
      flags: quoted(command.flags.flatMap(spellings).join(' ')),
    })),
  })
}

function forZsh(commands: readonly CompletedCommand[]): string {
  const specOf = (flag: CompletedFlag): string => {
    const words = spellings(flag)
    const names = words.length === 1 ? (words[0] ?? '') : `(${words.join(' ')})'{${words.join(',')}}'`
    const value =
      flag.value === 'none'
        ? ''
        : `:${flag.name}:${flag.value === 'file' ? '_files' : flag.value === 'text' ? '' : `(${flag.value.join(' ')})`}`
    const text = `[${flag.description.replaceAll(/[[\]\\:]/g, '\\$&').replaceAll("'", "'\\''")}]`
    return `'${names}${text}${value}'`
  }
  return fill(zsh, {
    commands: commands.map((command) => ({
      pattern: verbsOf(command).join('|'),
      described: verbsOf(command)
        .map((verb) => quoted(`${verb}:${command.summary}`))
        .join(' '),
      flags: command.flags.map((flag) => ({ spec: specOf(flag) })),
      operands: command.id === 'do' ? ONE_NAME_AND_ACTION : "'*:name:_daemonctl_names'",
    })),
  })
}

const ONE_NAME_AND_ACTION = "'1:name:_daemonctl_names' '2:action:_daemonctl_actions' '*:argument:_files'"

function forFish(commands: readonly CompletedCommand[]): string {
  const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const how = (flag: CompletedFlag): string => {
    const short = flag.char === undefined ? '' : ` -s ${flag.char}`
    const value =
      flag.value === 'none'
        ? ''
        : flag.value === 'file'
          ? ' -r -F'
          : flag.value === 'text'
            ? ' -x'
            : ` -x -a ${fishQuoted(flag.value.join(' '))}`
    return `-l ${flag.name}${short}${value}`
  }
  return fill(fish, {
    commands: commands.flatMap((command) =>
      verbsOf(command).map((verb) => ({ verb, summary: fishQuoted(command.summary) })),
    ),
    flags: commands.flatMap((command) =>
      command.flags.map((flag) => ({
        when: fishQuoted(`__fish_seen_subcommand_from ${verbsOf(command).join(' ')}`),
        how: how(flag),
        description: fishQuoted(flag.description),
      })),
    ),
  })
}

const verbsOf = ({ id, aliases }: CompletedCommand): readonly string[] => [id, ...aliases]

const spellings = ({ name, char }: CompletedFlag): readonly string[] =>
  char === undefined ? [`--${name}`] : [`-${char}`, `--${name}`]

/** For sh: nothing in it means anything. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
