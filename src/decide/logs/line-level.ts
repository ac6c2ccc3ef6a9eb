import type { LogLevel } from '../../definition/definition.ts'

export type SaidLevel = Exclude<LogLevel, 'off'>

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, fatal: 4, off: 5 }

/** The words that loggers use, by the level that they mean. */
const WORDS: readonly (readonly [SaidLevel, string])[] = [
  ['fatal', 'fatal|panic|emerg(?:ency)?|alert|crit(?:ical)?'],
  ['error', 'err(?:or)?|severe'],
  ['warn', 'warn(?:ing)?'],
  ['info', 'info(?:rmation)?|notice|log|config'],
  ['debug', 'debug|trace|verbose|fine(?:r|st)?|dbg'],
]

/** How much of a line is looked at: the level stands near its beginning. */
const NEAR = 160

// <3> (kernel and systemd; sd-daemon(3))
const PRIORITY = /^<([0-7])>/
const BY_PRIORITY: readonly SaidLevel[] = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug']
// {"level":"warn"}, {"severity":"ERROR"}, level=warn · {"level":40} (pino, bunyan)
const NAMED = /(?:"(?:level|severity|lvl|loglevel)" ?: ?"?|\blevel=)([A-Za-z]+|\d\d)\b/
const BY_NUMBER: Readonly<Record<string, SaidLevel>> = {
  '10': 'debug',
  '20': 'debug',
  '30': 'info',
  '40': 'warn',
  '50': 'error',
  '60': 'fatal',
}
// [error] · ERROR: · | WARN | · E1121 (glog): a word by itself, in capitals or in brackets or before a colon.
const MARKED = new RegExp(
  `(?:^|[\\s\\[(<|:*])(?:(${WORDS.map(([, words]) => words.toUpperCase()).join('|')})\\b|\\[(${words()})\\]|(${words()}): )`,
)
const GLOG = /^([IWEF])\d{4} \d\d:/
const BY_LETTER: Readonly<Record<string, SaidLevel>> = { I: 'info', W: 'warn', E: 'error', F: 'fatal' }

function words(): string {
  return WORDS.map(([, words]) => words).join('|')
}

const EXACT = WORDS.map(([level, words]) => [level, new RegExp(`^(?:${words})$`, 'i')] as const)

/** The level that a line says it has; undefined: it does not say. */
export function levelOfLine(line: string): SaidLevel | undefined {
  const text = line.length > NEAR ? line.slice(0, NEAR) : line
  const priority = PRIORITY.exec(text)?.[1]
  if (priority !== undefined) return BY_PRIORITY[Number(priority)]
  const named = NAMED.exec(text)?.[1]
  if (named !== undefined) return BY_NUMBER[named] ?? meaning(named)
  const letter = GLOG.exec(text)?.[1]
  if (letter !== undefined) return BY_LETTER[letter]
  const marked = MARKED.exec(text)
  const word = marked?.[1] ?? marked?.[2] ?? marked?.[3]
  return word === undefined ? undefined : meaning(word)
}

const meaning = (word: string): SaidLevel | undefined => EXACT.find(([, pattern]) => pattern.test(word))?.[0]

/** A level includes all that are graver. "off" includes nothing. */
export const includes = (threshold: LogLevel, level: LogLevel): boolean => ORDER[level] >= ORDER[threshold]
