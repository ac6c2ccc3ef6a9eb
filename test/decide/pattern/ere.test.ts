import { describe, expect, test } from 'vitest'
import { compileEre } from '../../../src/decide/pattern/ere.ts'

const matches = (pattern: string, text: string, options = { exact: false, ignoreCase: false }): boolean => {
  const compiled = compileEre(pattern, options)
  if (!compiled.ok) throw new Error(compiled.error)
  return compiled.value.test(text)
}

describe('an extended regular expression', () => {
  test.each([
    ['my.php', '/srv/my.php start', true],
    ['my.php', '/srv/myxphp', true],
    [String.raw`my\.php`, '/srv/myxphp', false],
    ['^php|cron$', 'anacron', true],
    ['(a|b)c{2}', 'bcc', true],
    ['ac{2,}$', 'ac', false],
    ['ac{,2}$', 'acc', true],
    ['a{2}{3}', 'aaaaaa', true],
    // In JavaScript these are lazy repetitions and groups without a number.
    ['^a*?$', 'aaa', true],
    ['^a+?$', '', true],
    ['^a**$', 'aaa', true],
    // No digits: a "d".
    [String.raw`^\d$`, 'd', true],
    [String.raw`^\d$`, '1', false],
    [String.raw`^[\d]+$`, String.raw`d\d`, true],
    ['^[]a]+$', 'a]', true],
    ['^[^]a]+$', ']', false],
    ['^[a-]+$', 'a-a', true],
    ['^[[:digit:]x]+$', '1x2', true],
    ['^[[:alpha:]]+$', 'é', true],
    ['^[[.-.]]$', '-', true],
    ['^[a[b]+$', 'a[b', true],
    ['a)', 'a)', true],
    ['a}', 'a}', true],
    ['a{b', 'a{b', true],
    [String.raw`\<php\>`, 'x php y', true],
    [String.raw`\<php\>`, 'xphp', false],
    [String.raw`(a)\1`, 'aa', true],
    ['/usr/bin', '/usr/bin', true],
    ['a.b', 'a\nb', true],
    ['^.$', '𝒳', true],
    ['', 'anything', true],
  ])('%j of %j: %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  test('that is to match exactly', () => {
    const exact = { exact: true, ignoreCase: false }
    expect(matches('php|cron', 'cron', exact)).toBe(true)
    expect(matches('php|cron', 'anacron', exact)).toBe(false)
  })

  test('in capitals or not', () => {
    expect(matches('MY.php', 'my.PHP', { exact: false, ignoreCase: true })).toBe(true)
  })

  test.each([
    ['(a', 'the parenthesis ( is not closed'],
    ['[a', 'the bracket [ is not closed'],
    ['[[:nonsense:]]', 'there is no class [:nonsense:]'],
    ['*a', 'there is nothing before * to repeat'],
    ['a|+', 'there is nothing before + to repeat'],
    ['a{1', 'the repetition {...} is not closed'],
    ['a\\', 'a lone backslash ends the pattern'],
  ])('%j is refused', (pattern, why) => {
    expect(compileEre(pattern, { exact: false, ignoreCase: false })).toEqual({ ok: false, error: why })
  })

  test.each(['a{3,1}', '[b-a]', String.raw`\1`])('%j is refused, whatever the words', (pattern) => {
    expect(compileEre(pattern, { exact: false, ignoreCase: false })).toMatchObject({ ok: false })
  })
})
