import { definitionFromFlags } from '../../src/definition/flags.ts'
import type { Definition } from '../../src/definition/definition.ts'
import type { RawTable } from '../../src/definition/toml.ts'
import type { Condition, Running } from '../../src/decide/condition.ts'
import type { Expectation, Observation } from '../../src/decide/observation.ts'
import { parsePidfile, type PidfileRead } from '../../src/decide/pidfile.ts'
import type { ProcessDetail, ProcessFacts, ProcessReading } from '../../src/decide/process-facts.ts'
import type { DaemonRecord, RecordReading } from '../../src/decide/record.ts'

/** A boot at ten in the morning, as it were; ticks are hundredths of a second since. */
export const BOOTED = 1_000_000_000
export const at = (seconds: number): number => BOOTED + seconds * 1000

/** A process that was started so many seconds after the boot. */
export function process(pid: number, started: number, more: Partial<ProcessDetail> = {}): ProcessDetail {
  return {
    pid,
    startTime: started * 100,
    startedAt: at(started),
    state: 'S',
    parent: 1,
    group: pid,
    session: pid,
    terminal: 0,
    name: 'appd',
    uid: 0,
    effectiveUid: 0,
    executable: '/usr/bin/appd',
    caughtSignals: 0n,
    ignoredSignals: 0n,
    ...more,
  }
}

export const seen = (process: ProcessDetail): ProcessReading => ({ kind: 'seen', process })

export const pidfile = (text: string, written: number, more: Partial<PidfileRead> = {}): PidfileRead => ({
  kind: 'read',
  content: parsePidfile(text, 4194304),
  writtenAt: at(written),
  file: '1:2',
  stamp: '1',
  volatile: true,
  doubt: undefined,
  ...more,
})

export function record(pid: number, started: number, more: Partial<DaemonRecord> = {}): RecordReading {
  return {
    kind: 'read',
    record: {
      version: 1,
      name: 'app',
      pidfile: '/run/app.pid',
      main: {
        bootId: 'this',
        pid,
        startTime: started * 100,
      },
      phase: 'running',
      executable: '/usr/bin/appd',
      uid: 0,
      session: undefined,
      cgroup: undefined,
      token: 'token',
      pidfileStamp: undefined,
      definitionHash: 'hash',
      at: at(started),
      ...more,
    },
  }
}

export const observation = (facts: Partial<Observation> = {}): Observation => ({
  at: at(1e3),
  bootId: 'this',
  bootedAt: BOOTED,
  self: {
    pid: 999,
    uid: 0,
  },
  pidfile: { kind: 'absent' },
  pidfileProcess: { kind: 'none' },
  record: { kind: 'absent' },
  recordProcess: { kind: 'none' },
  members: [],
  lockFile: false,
  ...facts,
})

/** A definition says nothing but what is run. */
export const EXPECTED: Expectation = {
  executable: undefined,
  likelyExecutable: '/usr/bin/appd',
  uid: undefined,
  demanded: false,
}

const NOTHING = { processes: [], ofUnfinishedStart: false }

/** Every condition that the planner tells apart, by the names of its table. */
export const CONDITIONS = {
  running: running(),
  stopped: { kind: 'stopped', lockFile: false, record: false, leftovers: NOTHING },
  stale: { kind: 'stale', pid: 7, why: 'PID 7 is dead', leftovers: NOTHING },
  garbage: { kind: 'unknown', matter: 'garbage', why: 'garbage', remedy: 'none', leftovers: NOTHING },
  foreign: { kind: 'foreign', pid: 7, why: 'PID 7 was reused', leftovers: NOTHING },
  unclear: { kind: 'unknown', matter: 'unclear', why: 'hidden', remedy: 'be root', leftovers: NOTHING },
} as const satisfies Record<string, Condition>

/** `caught`: it handles HUP, TERM and USR1 to USR2. */
export function running(more: Partial<ProcessDetail> = {}): Running {
  const main = process(7, 10, { caughtSignals: (1n << 0n) | (1n << 14n) | (1n << 9n) | (1n << 11n), ...more })
  return {
    kind: 'running',
    main: {
      bootId: 'this',
      pid: 7,
      startTime: 1e3,
    },
    process: main,
    proof: 'record',
    ending: false,
    notes: [],
  }
}

/** With something of it left over. */
export const withLeftovers = (
  condition: Exclude<Condition, { kind: 'running' }>,
  ofUnfinishedStart = false,
): Condition => ({ ...condition, leftovers: { processes: [process(8, 11)], ofUnfinishedStart } })

export function definition(keys: RawTable = {}): Definition {
  const result = definitionFromFlags({
    name: 'app',
    values: { command: ['/usr/bin/appd'], ...keys },
    context: {
      directory: '/srv',
      home: '/root',
      hostname: 'host',
      logDirectory: '/var/log',
      runtimeDirectory: '/run',
    },
  })
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

/** A process of a table, only with what kinship is told by: [pid, parent, session, start, more]. */
export const kin = (
  pid: number,
  parent: number,
  session: number,
  started = pid,
  more: Partial<ProcessFacts> = {},
): ProcessFacts => ({ ...process(pid, started), parent, session, group: session, ...more })
