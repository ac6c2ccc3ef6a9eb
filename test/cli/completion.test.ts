import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { completionScript, SHELLS, type CompletedCommand } from '../../src/cli/completion.ts'
import { scratch } from '../host/scratch.ts'

const COMMANDS: readonly CompletedCommand[] = [
  {
    id: 'start',
    aliases: ['begin'],
    summary: "Start what isn't there: once.",
    flags: [
      { name: 'file', char: 'f', description: 'a [file]: its path', value: 'file' },
      { name: 'all', char: undefined, description: "all, it's said", value: 'none' },
      { name: 'type', char: 't', description: 'which $(kind)', value: ['simple', 'forking'] },
      { name: 'user', char: undefined, description: 'who', value: 'text' },
    ],
  },
  { id: 'status', aliases: [], summary: 'Tell.', flags: [] },
  { id: 'do', aliases: [], summary: 'Act.', flags: [] },
]

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const directory = scratch()
  const script = join(directory, 'completion')
  writeFileSync(script, completionScript('bash', COMMANDS))
  const stub = join(directory, 'daemonctl')
  writeFileSync(
    stub,
    '#!/bin/sh\n[ "$*" = "list --names" ] && printf "web@1\\nweb@2\\ndb\\n"\n[ "$*" = "do --names db" ] && printf "flush\\nfold\\n"\n',
  )
  chmodSync(stub, 0o755)
  const run = '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _daemonctl; printf "%s\\n" "${COMPREPLY[@]}"'
  const out = execFileSync('bash', ['-c', run, script, 'daemonctl', ...words], {
    encoding: 'utf8',
    cwd: directory,
    env: { PATH: `${directory}:/usr/bin:/bin` },
  })
  return out.split('\n').filter((line) => line !== '')
}

describe('bash completes', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['verbs and aliases', [''], ['start', 'begin', 'status', 'do']],
    ['a verb that has begun', ['st'], ['start', 'status']],
    ['names', ['start', 'w'], ['web@1', 'web@2']],
    ['flags, also of an alias', ['begin', '--'], ['--file', '--all', '--type', '--user']],
    ['the words that a flag may have', ['start', '--type', 's'], ['simple']],
    ['the same of its letter', ['start', '-t', ''], ['simple', 'forking']],
    ['files where a path is wanted', ['start', '--file', 'dae'], ['daemonctl']],
    ['a name to do something with', ['do', 'd'], ['db']],
    ['its actions', ['do', 'db', 'f'], ['flush', 'fold']],
    ['nothing of what an action is given', ['do', 'db', 'flush', ''], []],
    ['nothing where the value is free', ['start', '--user', ''], []],
  ])('%s', (_, words, expected) => {
    expect([...offered(...words)].sort()).toEqual([...expected].sort())
  })
})

describe.each(SHELLS)('the script for %s', (shell) => {
  const there = spawnSync(shell, ['-c', 'true']).status === 0
  test.runIf(there)(there ? 'is understood by it' : 'is understood by it (left out: it is not installed)', () => {
    const file = join(scratch(), 'script')
    writeFileSync(file, completionScript(shell, COMMANDS))
    const { status, stderr } = spawnSync(shell, [shell === 'fish' ? '--no-execute' : '-n', file], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test('has every verb and flag', () => {
    const text = completionScript(shell, COMMANDS)
    for (const word of ['start', 'begin', 'status', 'file', 'all', 'type', 'user']) expect(text).toContain(word)
  })
})
