import { expect, test } from 'vitest'
import { isCaughtByInterpreter } from '../../src/decide/reload-signal.ts'

test.each([
  ['/usr/bin/php8.2', 'HUP', true],
  ['/usr/bin/php', 'USR1', true],
  ['/usr/local/bin/php', 'WINCH', false],
  ['/usr/sbin/php-fpm8.2', 'HUP', false],
  ['/usr/bin/perl', 'HUP', false],
  [undefined, 'HUP', false],
] as const)(
  'of %s it cannot be told by the kernel whether the program handles %s: %s',
  (executable, signal, caught) => {
    expect(isCaughtByInterpreter({ executable }, signal)).toBe(caught)
  },
)
