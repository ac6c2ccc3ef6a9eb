import type { Candidate, Criteria } from '../../../src/decide/pattern/criteria.ts'
import type { Matched, PatternPolicy } from '../../../src/decide/pattern/state.ts'

export const ANY: Criteria = {
  pattern: '',
  full: false,
  exact: false,
  ignoreCase: false,
  only: undefined,
  euids: undefined,
  uids: undefined,
  gids: undefined,
  groups: undefined,
  sessions: undefined,
  parents: undefined,
  terminals: undefined,
  executable: undefined,
}

export const process = (facts: Partial<Candidate> & { readonly pid: number }): Candidate => ({
  startTime: facts.pid * 100,
  startedAt: facts.pid * 1000,
  state: 'S',
  parent: 1,
  group: facts.pid,
  session: facts.pid,
  terminal: 0,
  name: 'my.php',
  argv: ['/usr/bin/php', '/srv/my.php'],
  uid: 33,
  effectiveUid: 33,
  gid: 33,
  executable: '/usr/bin/php',
  ...facts,
})

export const policy: PatternPolicy = {
  interval: 5_000,
  grace: 1_000,
  settle: 2_000,
  respawn: {
    policy: 'always',
    delay: 5_000,
    factor: 2,
    maxDelay: 60_000,
    jitter: 0,
    resetAfter: 60_000,
    burst: Infinity,
    interval: 0,
    coolDown: 0,
    giveUp: false,
    successExit: [],
    preventExit: [],
    onExit: 'respawn',
  },
}

export const matched = (pid: number, since: number): Matched => ({
  kind: 'matched',
  main: { bootId: 'b', pid, startTime: pid * 100 },
  name: 'my.php',
  since,
  count: 1,
  family: { main: { pid, startTime: pid * 100 }, session: pid, group: pid, members: [], orphans: [] },
  daemon: undefined,
})
