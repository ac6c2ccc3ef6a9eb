import { describe, expect, test } from 'vitest'
import { trustOf, type DirectoryFacts, type FileFacts } from '../../src/decide/pidfile-trust.ts'

const ROOT: DirectoryFacts = { path: '/', owner: 0, group: 0, mode: 0o755 }
const directory = (path: string, owner: number, mode: number, group = 0): DirectoryFacts => ({
  path,
  owner,
  group,
  mode,
})
const RUN = directory('/run', 0, 0o755)
const TMP = directory('/tmp', 0, 0o1777)

const file = (
  owner: number,
  mode: number,
  directories: readonly DirectoryFacts[],
  more: Partial<FileFacts> = {},
): FileFacts => ({
  path: `${directories[0]?.path ?? ''}/app.pid`,
  isRegular: true,
  isSymlink: false,
  owner,
  group: owner,
  mode,
  directories: [...directories, ROOT],
  ...more,
})

/** `doubtful 33`: uid 33 alone could have written it. */
function word(facts: FileFacts, uid: number): string {
  const trust = trustOf(facts, uid)
  return trust.kind === 'doubtful' ? `doubtful ${trust.writer ?? 'several'}` : trust.kind
}

const link = { isSymlink: true }
const ofGroup33 = { group: 33 }

describe.each([
  ['a file of root in /run', file(0, 0o644, [RUN]), 'trusted', 'trusted'],
  ['a file of uid 33 in /run', file(33, 0o644, [RUN]), 'doubtful 33', 'trusted'],
  ['a file of uid 34 in /run', file(34, 0o644, [RUN]), 'doubtful 34', 'doubtful 34'],
  ['one that its group may write', file(0, 0o664, [RUN], ofGroup33), 'doubtful several', 'doubtful several'],
  ['one that the group of root may write', file(0, 0o664, [RUN]), 'trusted', 'trusted'],
  ['one that everybody may write', file(0, 0o666, [RUN]), 'refused', 'refused'],
  ['in a directory of uid 33', file(0, 0o644, [directory('/run/app', 33, 0o755), RUN]), 'doubtful 33', 'trusted'],
  [
    'a file of uid 33 in its own directory',
    file(33, 0o644, [directory('/run/app', 33, 0o755), RUN]),
    'doubtful 33',
    'trusted',
  ],
  [
    'a file of uid 34 in the directory of uid 33',
    file(34, 0o644, [directory('/run/app', 33, 0o755), RUN]),
    'doubtful several',
    'doubtful 34',
  ],
  [
    'below a directory of uid 33',
    file(0, 0o644, [directory('/srv/a/b', 0, 0o755), directory('/srv/a', 33, 0o755)]),
    'doubtful 33',
    'trusted',
  ],
  [
    'in a directory that a group may write',
    file(0, 0o644, [directory('/run/app', 0, 0o775, 33), RUN]),
    'doubtful several',
    'doubtful several',
  ],
  [
    'in a directory that the group of root may write',
    file(0, 0o644, [directory('/run/app', 0, 0o775), RUN]),
    'trusted',
    'trusted',
  ],
  [
    'in a directory that everybody may write',
    file(0, 0o644, [directory('/open', 0, 0o777)]),
    'doubtful several',
    'doubtful several',
  ],
  ['a file of root in /tmp, which is sticky', file(0, 0o644, [TMP]), 'trusted', 'trusted'],
  ['a file of uid 33 in /tmp', file(33, 0o644, [TMP]), 'doubtful 33', 'trusted'],
  [
    'in a sticky directory of uid 33, which may replace it',
    file(0, 0o644, [directory('/run/app', 33, 0o1777), RUN]),
    'doubtful 33',
    'trusted',
  ],
  ['a link in /run', file(0, 0o777, [RUN], { ...link, mode: 0o644 }), 'trusted', 'trusted'],
  ['a link in /tmp', file(0, 0o644, [TMP], link), 'refused', 'refused'],
  [
    'a link in a safe directory below /tmp',
    file(0, 0o644, [directory('/tmp/mine', 0, 0o700), TMP], link),
    'trusted',
    'trusted',
  ],
  [
    'a link in a directory of uid 33',
    file(0, 0o644, [directory('/run/app', 33, 0o755), RUN], link),
    'refused',
    'trusted',
  ],
  [
    'a link below a directory that everybody may write',
    file(0, 0o644, [directory('/open/a', 0, 0o755), directory('/open', 0, 0o777)], link),
    'refused',
    'refused',
  ],
  ['a directory, a fifo or a socket', file(0, 0o644, [RUN], { isRegular: false }), 'refused', 'refused'],
])('%s', (_, facts, asRoot, asUser33) => {
  test(`is ${asRoot} to root`, () => expect(word(facts, 0)).toBe(asRoot))
  test(`is ${asUser33} to uid 33`, () => expect(word(facts, 33)).toBe(asUser33))
})

test('a refusal says what mends it', () => {
  expect(trustOf(file(0, 0o666, [RUN]), 0)).toEqual({
    kind: 'refused',
    why: 'everybody may write it, so it could name any process',
    remedy: 'chmod 644 /run/app.pid, and give the daemon a umask of 022',
  })
})
