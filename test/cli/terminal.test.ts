import { describe, expect, test } from 'vitest'
import { themeFor } from '../../src/cli/theme.ts'
import { Terminal } from '../../src/cli/terminal.ts'
import { readable, Stream } from './given.ts'

function given({ tty, quiet = false }: { tty: boolean; quiet?: boolean }) {
  const [out, errors] = [new Stream(tty), new Stream(tty)]
  return { terminal: new Terminal(out, errors, {}, quiet), out, errors }
}

describe('colours', () => {
  test.each<[string, boolean, Record<string, string>, boolean]>([
    ['on a terminal', true, {}, true],
    ['not in a pipe', false, {}, false],
    ['not with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR says nothing', true, { NO_COLOR: '' }, true],
    ['not on a dumb terminal', true, { TERM: 'dumb' }, false],
    ['in a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR wins over NO_COLOR', true, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['FORCE_COLOR=0 forces nothing', false, { FORCE_COLOR: '0' }, false],
  ])('%s', (_, isTerminal, environment, coloured) => {
    expect(readable(themeFor(isTerminal, environment).good('ok'))).toBe(coloured ? '<green>ok</>' : 'ok')
  })
})

describe('a terminal', () => {
  test('shows what is waited for on a line that goes away again', () => {
    const { terminal, out, errors } = given({ tty: true })
    terminal.waiting('app: readiness (tcp 127.0.0.1:80)', 2000, 30_000)
    terminal.line('done')
    expect(readable(errors.text)).toBe(
      '\r\u001b[2K<dim>waiting for app: readiness (tcp 127.0.0.1:80): 2 s of 30 s</>\r\u001b[2K',
    )
    expect(out.text).toBe('done\n')
  })

  test('takes the line away once, and only if there is one', () => {
    const { terminal, errors } = given({ tty: true })
    terminal.line('one')
    terminal.waiting('x', 1000, Infinity)
    terminal.line('two')
    terminal.line('three')
    expect(errors.text.split('\u001b[2K')).toHaveLength(3)
    expect(errors.text).not.toContain('Infinity')
  })

  test('does not obey what a daemon calls itself', () => {
    const { terminal, errors } = given({ tty: true })
    terminal.waiting('pid 7 (\u001b[31mevil\n)', 1000, 2000)
    expect(readable(errors.text)).toContain(String.raw`pid 7 (\x1b[31mevil\x0a)`)
  })

  test('in a pipe shows no line that goes away', () => {
    const { terminal, out, errors } = given({ tty: false })
    terminal.waiting('x', 1000, 2000)
    terminal.line('done')
    terminal.error('bad')
    expect(out.text).toBe('done\n')
    expect(errors.text).toBe('bad\n')
  })

  test('that is to be quiet shows failures, and what was asked for', () => {
    const { terminal, out, errors } = given({ tty: true, quiet: true })
    terminal.waiting('x', 1000, 2000)
    terminal.line('done')
    terminal.error('bad')
    terminal.answer('asked')
    expect(out.text).toBe('asked\n')
    expect(errors.text).toBe('bad\n')
  })
})
