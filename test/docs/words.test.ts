import { expect, test } from 'vitest'
import { pages, prose, read } from './pages.ts'

/** Where a thing has a word, these are not it. */
const NOT_OUR_WORDS: Readonly<Record<string, RegExp>> = {
  daemon: /\b(?:services?|jobs?|apps?)\b/i,
  definition: /\b(?:config(?:uration)? files?|spec|manifest of a daemon)\b/i,
  instance: /\breplicas?\b/i,
  pidfile: /\bpid[ -]files?\b/i,
  'stop schedule': /\bgrace period\b/i,
  observation: /\bsnapshots?\b/i,
  watcher: /\b(?:god|process manager)\b/i,
  respawn: /\bauto-?restart(?:s|ed)?\b/i,
  'plain words': /\b(?:blazing|powerful|seamless(?:ly)?|effortless(?:ly)?|simply|just works|easy to use|leverage)\b/i,
}

/** Words of others, said of their things. */
const QUOTED = /^.*(?:LSB:|Linux Standard Base).*$/gm

test.each([...pages(), 'man/daemonctl.8', 'man/daemonctl.toml.5'])('%s has our words', (page) => {
  const text = prose(read(page))
    .replaceAll(/"[^"\n]*"/g, '')
    .replaceAll(QUOTED, '')
  const found = Object.entries(NOT_OUR_WORDS).flatMap(([ours, wrong]) => {
    const match = wrong.exec(text)
    return match === null ? [] : [`${match[0]}: our word is ${ours}`]
  })
  expect(found).toEqual([])
})
