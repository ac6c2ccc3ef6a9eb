import { resolve as resolvePath } from 'node:path'
import { parseDuration, type Milliseconds } from '../base/duration.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { checksum } from '../base/checksum.ts'
import { isAnchored, type Criteria } from '../decide/pattern/criteria.ts'
import { compileEre } from '../decide/pattern/ere.ts'
import type { Command, RespawnSettings } from '../definition/definition.ts'
import { splitWords } from '../definition/words.ts'
import type { PatternHost } from '../host/pattern-host.ts'
import type { PatternOrder } from '../watch/pattern-order.ts'

/** The flags of a pattern, as oclif parsed them. Absent ones were not given. */
export interface GivenPattern {
  /** Words without a flag: names of daemons, of which there are none here. */
  readonly names: readonly string[]
  readonly pattern: string
  readonly full?: boolean | undefined
  readonly exact?: boolean | undefined
  readonly 'ignore-case'?: boolean | undefined
  readonly oldest?: boolean | undefined
  readonly newest?: boolean | undefined
  readonly euid?: string | undefined
  readonly uid?: string | undefined
  readonly gid?: string | undefined
  readonly pgroup?: string | undefined
  readonly session?: string | undefined
  readonly parent?: string | undefined
  readonly terminal?: string | undefined
  readonly exec?: string | undefined
  readonly 'watch-pidfile'?: string | undefined
  readonly recover?: string | undefined
  readonly shell?: boolean | undefined
  readonly 'recover-timeout'?: string | undefined
  readonly 'stopped-if'?: string | undefined
  readonly interval?: string | undefined
  readonly grace?: string | undefined
  readonly settle?: string | undefined
  readonly delay?: string | undefined
  readonly factor?: string | undefined
  readonly 'max-delay'?: string | undefined
  readonly 'reset-after'?: string | undefined
  readonly log?: string | undefined
}

/** Where relative paths begin, and what new files may be. */
export interface Here {
  readonly directory: string
  readonly umask: number
  readonly script: string | undefined
}

/** What would make a recovery one of the watcher's own processes, or speak for somebody else. */
const NOT_INHERITED = [
  'DAEMONCTL_ID',
  'DAEMONCTL_NAME',
  'DAEMONCTL_PID',
  'MAINPID',
  'NOTIFY_SOCKET',
  'LISTEN_FDS',
  'LISTEN_PID',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
]

class Wrong extends Error {}

/** Everything that is wrong with the flags is a mistake of whoever wrote them: usage. */
export function patternOrder(
  host: PatternHost,
  given: GivenPattern,
  here: Here,
): Result<Omit<PatternOrder, 'daemon'>, Failure> {
  try {
    return ok(order(host, given, here))
  } catch (error) {
    if (!(error instanceof Wrong)) throw error
    return err(failure('usage', 'planning', error.message))
  }
}

function order(host: PatternHost, given: GivenPattern, here: Here): Omit<PatternOrder, 'daemon'> {
  if (given.names.length > 0) throw new Wrong('--pattern and names exclude each other')
  const criteria = criteriaOf(host, given, here)
  const { exact, ignoreCase, pattern } = criteria
  const matches = right('pattern', compileEre(pattern, { exact, ignoreCase }))
  const pidfile = path(given['watch-pidfile'], here)
  if (pattern === '' && !isAnchored(criteria) && pidfile === undefined) {
    throw new Wrong('--pattern: an empty one matches every process')
  }
  if (!criteria.full && pattern.length > NAME_LENGTH && /^[\w./ -]*$/.test(pattern)) {
    throw new Wrong(`--pattern: a name has ${NAME_LENGTH} characters at most; --full compares the command line`)
  }
  const recovery = command('recover', given.recover, given, here)
  if (recovery === undefined) throw new Wrong('--pattern needs --recover COMMAND')
  const environment = Object.fromEntries(
    Object.entries(host.environment).filter(([name]) => !NOT_INHERITED.includes(name)),
  )
  return {
    key: `~pattern~${checksum(JSON.stringify([criteria, pidfile, recovery]))}`,
    criteria,
    matches,
    pidfile,
    self: { pid: host.processes.self().pid, script: here.script },
    recovery,
    recoveryTimeout: duration('recover-timeout', given['recover-timeout'] ?? '1m'),
    stoppedIf: command('stopped-if', given['stopped-if'], given, here),
    environment,
    directory: here.directory,
    umask: here.umask,
    log: path(given.log, here),
    policy: {
      interval: Math.max(LEAST_INTERVAL, duration('interval', given.interval ?? '5s')),
      grace: duration('grace', given.grace ?? '1s'),
      settle: duration('settle', given.settle ?? '2s'),
      respawn: respawnOf(given),
    },
  }
}

/** TASK_COMM_LEN less its zero. proc_pid_comm(5) */
const NAME_LENGTH = 15
/** Looking at all processes takes milliseconds. */
const LEAST_INTERVAL: Milliseconds = 50

function criteriaOf(host: PatternHost, given: GivenPattern, here: Here): Criteria {
  const { users, processes } = host
  const own = processes.read(processes.self().pid)
  const { group, session } = own.kind === 'seen' ? own.process : { group: 0, session: 0 }
  const uidOf = (name: string): number | string => users.uid(name) ?? `there is no user ${JSON.stringify(name)}`
  const gidOf = (name: string): number | string => {
    const credentials = users.credentials('0', name)
    return credentials.ok ? credentials.value.gid : credentials.error
  }
  return {
    pattern: given.pattern,
    full: given.full ?? false,
    exact: given.exact ?? false,
    ignoreCase: given['ignore-case'] ?? false,
    only: given.oldest === true ? 'oldest' : given.newest === true ? 'newest' : undefined,
    euids: numbers('euid', given.euid, uidOf),
    uids: numbers('uid', given.uid, uidOf),
    gids: numbers('gid', given.gid, gidOf),
    groups: numbers('pgroup', given.pgroup, numberOr(group)),
    sessions: numbers('session', given.session, numberOr(session)),
    parents: numbers('parent', given.parent, numberOr(0)),
    terminals: given.terminal?.split(',').map((name) => name.trim().replace(/^\/dev\//, '')),
    executable: executable(host, given.exec, here),
  }
}

/** Zero stands for our own. */
const numberOr =
  (own: number) =>
  (text: string): number | string =>
    /^\d{1,10}$/.test(text) ? Number(text) || own : `${JSON.stringify(text)} is not a number`

function numbers(
  flag: string,
  list: string | undefined,
  read: (text: string) => number | string,
): readonly number[] | undefined {
  return list?.split(',').map((text) => {
    const value = read(text.trim())
    if (typeof value === 'string') throw new Wrong(`--${flag}: ${value}`)
    return value
  })
}

/** The file that a program is seen executing. */
function executable(
  { files, spawner, environment }: PatternHost,
  given: string | undefined,
  here: Here,
): string | undefined {
  if (given === undefined) return undefined
  const find = (name: string): string => {
    const wanted = name.includes('/') ? resolvePath(here.directory, name) : name
    const found = spawner.resolve(wanted, environment['PATH'] ?? '')
    if (found === undefined) throw new Wrong(`--exec: there is no program ${name}`)
    return files.realPath(found)
  }
  const file = find(given)
  const interpreter = files.interpreter(file)
  return interpreter === undefined ? file : find(interpreter)
}

function command(flag: string, text: string | undefined, { shell }: GivenPattern, here: Here): Command | undefined {
  if (text === undefined) return undefined
  if (text.trim() === '') throw new Wrong(`--${flag}: the command is empty`)
  if (shell === true) return { argv: ['/bin/sh', '-c', text], shell: true }
  const words = splitWords(text)
  if (!words.ok) throw new Wrong(`--${flag}: ${words.error}; quote it, or give --shell`)
  const [program = '', ...rest] = words.value
  if (program === '') throw new Wrong(`--${flag}: the command is empty`)
  return { argv: [program.includes('/') ? resolvePath(here.directory, program) : program, ...rest], shell: false }
}

function respawnOf(given: GivenPattern): RespawnSettings {
  const delay = Math.max(1, duration('delay', given.delay ?? '5s'))
  const factor = Number(given.factor ?? '2')
  if (!(factor >= 1)) throw new Wrong(`--factor: ${JSON.stringify(given.factor)} is not a number from 1 on`)
  return {
    policy: 'always',
    delay,
    factor,
    maxDelay: Math.max(delay, duration('max-delay', given['max-delay'] ?? '5m')),
    jitter: 0,
    resetAfter: duration('reset-after', given['reset-after'] ?? '1m'),
    burst: Infinity,
    interval: 0,
    coolDown: 0,
    giveUp: false,
    successExit: [],
    preventExit: [],
    onExit: 'respawn',
  }
}

const path = (given: string | undefined, { directory }: Here): string | undefined =>
  given === undefined ? undefined : resolvePath(directory, given)

const duration = (flag: string, text: string): Milliseconds => right(flag, parseDuration(text))

function right<T>(flag: string, result: Result<T, string>): T {
  if (!result.ok) throw new Wrong(`--${flag}: ${result.error}`)
  return result.value
}
