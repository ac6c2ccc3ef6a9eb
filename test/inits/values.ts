/** Arguments that mean something to some reader of boot files, and random ones made of what does. */
export const HOSTILE: readonly string[] = [
  '',
  ' ',
  '$HOME',
  '${HOME}',
  '$$',
  '%n',
  '%%',
  '%',
  '%%n',
  '\\',
  '\\n',
  'a b',
  '"',
  "'",
  `'"'"'`,
  ';',
  'a;b',
  '\\;',
  '#c',
  '# c',
  'a #b',
  '-x',
  '--',
  '\n',
  'two\nlines',
  '\n\n',
  '\t',
  '\r',
  '  ',
  '$',
  '\\x41',
  '\\101',
  '{a,b}',
  '*',
  '/*',
  '~',
  '~root',
  '!!',
  '$(id)',
  '`id`',
  '|',
  '&&',
  '>x',
  'end\\',
  '\\\n',
  '{{name}}',
  '{{{x}}}',
  '<%= x %>',
  '&amp;',
  'naïve ☃ 😀',
  '\u00a0\u2028',
  '\u0001\u007f',
  'x'.repeat(4096),
  'é$%\\"\' '.repeat(512),
]

const ALPHABET = Array.from(' \t\n\r"\'\\%$;`{}()[]<>|&*?!#~=:,@+-/.^aAzZ09xntué☃😀\u0001\u001b\u007f')

/** `count` random ones, the same for a seed. */
export function randomValues(count: number, seed: number): readonly string[] {
  let state = seed
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return Math.floor((state / 0x8000_0000) * limit)
  }
  return Array.from({ length: count }, () =>
    Array.from({ length: below(16) }, () => ALPHABET[below(ALPHABET.length)] ?? '').join(''),
  )
}
