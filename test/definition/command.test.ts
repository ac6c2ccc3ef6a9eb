import { describe, expect, test } from 'vitest'
import { definitionOf, problemsOf } from './given.ts'

const argvOf = async (line: string) => (await definitionOf(line)).command.argv

describe('a command', () => {
  test('is an array of words', async () => {
    expect(await argvOf(`command = ["/bin/app", "two words", "", "a;b"]`)).toEqual(['/bin/app', 'two words', '', 'a;b'])
  })

  test.each([
    [`/bin/app --x=1  -v`, ['/bin/app', '--x=1', '-v']],
    [`/bin/app 'two words' "three more words" '' x"y"z`, ['/bin/app', 'two words', 'three more words', '', 'xyz']],
    [`/bin/app it\\'s a\\ b "say \\"hi\\" \\n"`, ['/bin/app', "it's", 'a b', 'say "hi" \\n']],
    [`/bin/app '$HOME' \\$HOME '*.conf' #1`, ['/bin/app', '$HOME', '$HOME', '*.conf', '#1']],
  ])('or one string, split as a shell splits words: %s', async (text, words) => {
    expect(await argvOf(`command = '''${text}'''`)).toEqual(words)
  })

  test.each([
    [`/bin/app "x`, `the quote " is not closed`],
    [`/bin/app 'x`, `the quote ' is not closed`],
    [`/bin/app x\\`, 'a lone backslash ends the command'],
    [`/bin/app | tee log`, '"|" would need a shell'],
    [`/bin/app > log`, '">" would need a shell'],
    [`/bin/app $PORT`, '"$" would need a shell'],
    [`/bin/app "$PORT"`, '"$" would need a shell'],
  ])('is refused where it means nothing without a shell: %s', async (text, message) => {
    expect(await problemsOf(`command = '''${text}'''`)).toEqual([
      `1:1: ${message}; quote it, or write an array of strings, or set shell = true`,
    ])
  })

  test('is never empty', async () => {
    for (const text of ['""', '"  "', '[]', '[""]', '"\'\'"']) {
      expect(await problemsOf(`command = ${text}`), text).toHaveLength(1)
    }
  })
})

describe('with shell = true', () => {
  test('a command that is one string is handed to a shell as it is', async () => {
    const { command, hooks } = await definitionOf(`
      shell = true
      command = "exec app $PORT > log"
      hooks.pre-start = "test -d /srv && true"
      hooks.post-stop = ["/bin/true"]
    `)
    expect(command).toEqual({ argv: ['/bin/sh', '-c', 'exec app $PORT > log'], shell: true })
    expect(hooks.commands['pre-start']).toEqual({ argv: ['/bin/sh', '-c', 'test -d /srv && true'], shell: true })
    expect(hooks.commands['post-stop']).toEqual({ argv: ['/bin/true'], shell: false })
  })

  test('an array is a contradiction', async () => {
    expect(await problemsOf('shell = true\ncommand = ["/bin/app"]')).toEqual([
      '2:1: with shell = true the command is one string; or leave out shell',
    ])
  })
})
