import { describe, expect, test } from 'vitest'
import { failure } from '../../src/base/failure.ts'
import { describeCommand, describeStep, renderPlan } from '../../src/cli/render/plan.ts'
import { renderFailure } from '../../src/cli/render/failure.ts'
import { ok } from '../../src/base/result.ts'
import { plain } from '../../src/base/json.ts'
import { failureOnlyJson, outcomesJson, planJson, statusesJson, writeJson } from '../../src/cli/render/json.ts'
import { renderOutcome } from '../../src/cli/render/outcome.ts'
import { historyLine, renderStatusDetail, renderStatusLines } from '../../src/cli/render/status.ts'
import { renderTable } from '../../src/cli/render/table.ts'
import type { Condition } from '../../src/decide/condition.ts'
import { plan } from '../../src/decide/plan/planner.ts'
import type { Step } from '../../src/decide/plan/step.ts'
import type { HistoryEntry } from '../../src/host/host.ts'
import type { Outcome } from '../../src/operations/act.ts'
import type { Status, StatusDetail } from '../../src/operations/status.ts'
import { CONDITIONS, definition, process, withLeftovers } from '../decide/given.ts'
import { subject } from '../simulation/given.ts'
import { COLOURED, PLAIN, readable } from './given.ts'

/** What a terminal would obey. */
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/
const EVIL = 'evil\u001b[2J\u202e\u009b'

const outcome = (more: Partial<Outcome>): Outcome => ({
  name: 'app',
  verb: 'start',
  result: 'done',
  why: undefined,
  failure: undefined,
  pid: 4711,
  main: undefined,
  exit: undefined,
  before: undefined,
  took: 312.4,
  lastSignal: undefined,
  rolledBack: false,
  ...more,
})

describe('an outcome in one line', () => {
  test.each<[Partial<Outcome>, string]>([
    [{}, 'Starting app ... ok (pid 4711, ready in 312 ms)'],
    [
      { result: 'nothing', why: 'it is already running (pid 4711)' },
      'Starting app ... ok: it is already running (pid 4711)',
    ],
    [{ result: 'failed' }, 'Starting app ... failed'],
    [{ verb: 'restart', result: 'failed', rolledBack: true }, 'Restarting app ... failed, rolled back (pid 4711)'],
    [{ verb: 'restart', before: CONDITIONS.running }, 'Restarting app ... ok (pid 7 → 4711, ready in 312 ms)'],
    [{ verb: 'condrestart', before: CONDITIONS.stopped }, 'Restarting app ... ok (pid 4711, ready in 312 ms)'],
    [{ verb: 'stop', lastSignal: 'TERM' }, 'Stopping app ... ok (was pid 4711, 312 ms)'],
    [
      { verb: 'stop', lastSignal: 'KILL', took: 20_400 },
      'Stopping app ... ok (was pid 4711, it had to be killed, 20 s)',
    ],
    [
      { verb: 'stop', pid: undefined, before: CONDITIONS.stale },
      'Stopping app ... ok (it was not running; its pidfile was removed, 312 ms)',
    ],
    [
      { verb: 'stop', pid: undefined, before: withLeftovers(CONDITIONS.stale) },
      'Stopping app ... ok (1 left-over process ended, 312 ms)',
    ],
    [{ verb: 'reload', pid: 7, before: CONDITIONS.running }, 'Reloading app ... ok (pid 7, 312 ms)'],
    [{ verb: 'reload', before: CONDITIONS.running }, 'Reloading app ... ok (pid 7 → 4711, 312 ms)'],
    [{ verb: 'signal' }, 'Signalling app ... ok (pid 4711)'],
  ])('%o', (more, line) => {
    expect(renderOutcome(outcome(more), PLAIN)).toBe(line)
  })

  test('in colours', () => {
    expect(readable(renderOutcome(outcome({}), COLOURED))).toBe(
      'Starting <bold>app</> ... <green>ok</> (pid 4711, ready in 312 ms)',
    )
  })
})

describe('a failure', () => {
  const bad = failure('failed', 'settling', 'it ended with exit status 3 at once', {
    details: ['port 80 is taken', EVIL],
    remedy: 'its log is /var/log/app.log',
  })

  test('tells who, what, while doing what, the facts and what to do', () => {
    expect(renderFailure('app', bad, PLAIN)).toMatchInlineSnapshot(`
      "daemonctl: app: it ended with exit status 3 at once (while settling)
        | port 80 is taken
        | evil\\x1b[2J\\u202e\\x9b
        → its log is /var/log/app.log"
    `)
  })

  test('in colours', () => {
    expect(readable(renderFailure('app', bad, COLOURED))).toMatchInlineSnapshot(`
      "<red>daemonctl:</> <bold>app: </>it ended with exit status 3 at once <dim>(while settling)</>
        <dim>|</> port 80 is taken
        <dim>|</> evil\\x1b[2J\\u202e\\x9b
        <yellow>→</> its log is /var/log/app.log"
    `)
  })

  test('of nobody in particular', () => {
    expect(renderFailure(undefined, failure('usage', 'planning', '--all and names exclude each other'), PLAIN)).toBe(
      'daemonctl: --all and names exclude each other (while planning)',
    )
  })
})

const whole = definition({
  type: 'forking',
  'config-test': ['/bin/check', '--strict mode'],
  'lock-file': '/run/lock/app',
  user: 'www',
  hooks: { 'pre-start': ['/bin/hook'], 'post-stop': ['/bin/hook'] },
  stop: { command: ['/bin/stop'], schedule: 'TERM/20/forever/KILL/5' },
  start: { ready: { http: 'http://127.0.0.1/health' } },
})

describe('a plan', () => {
  test('of a start over a stale pidfile', () => {
    const { stale } = CONDITIONS
    expect(renderPlan('app', stale, plan({ verb: 'start' }, stale, whole), PLAIN)).toMatchInlineSnapshot(`
      "app: stale: PID 7 is dead
        1. test the configuration: /bin/check '--strict mode'
        2. write down that it is to run
        3. remove the pidfile /run/app.pid: PID 7 is dead
        4. run the pre-start hook: /bin/hook (at most 30 s)
        5. start /usr/bin/appd as www in /, and write the record of its launcher
        6. wait for /run/app.pid to name its main process (at most 30 s)
        7. wait for readiness: http://127.0.0.1/health (at most 30 s)
        8. make the lock file /run/lock/app"
    `)
  })

  test('of a stop', () => {
    const { running } = CONDITIONS
    expect(renderPlan('app', running, plan({ verb: 'stop' }, running, whole), PLAIN)).toMatchInlineSnapshot(`
      "app: running (pid 7)
        1. write down that it is to stay stopped
        2. run the stop command: /bin/stop (at most 20 s)
        3. send TERM to the main process, then what is left and wait (at most 20 s)
        4. for ever: send KILL to all its processes and wait (at most 5 s)
        5. see that nothing is left; remove /run/app.pid, its record, /run/lock/app
        6. run the post-stop hook: /bin/hook (at most 30 s)"
    `)
  })

  test('of nothing', () => {
    const { running } = CONDITIONS
    expect(renderPlan('app', running, plan({ verb: 'start' }, running, whole), PLAIN)).toMatchInlineSnapshot(`
      "app: running (pid 7)
        nothing to do: it is already running (pid 7)
        1. write down that it is to run"
    `)
  })

  test('that is refused, in colours', () => {
    const { unclear } = CONDITIONS
    expect(readable(renderPlan('app', unclear, plan({ verb: 'stop' }, unclear, whole), COLOURED)))
      .toMatchInlineSnapshot(`
      "<bold>app</>: unknown: hidden
        <red>refused</>: it cannot be told whether it runs: hidden; be root"
    `)
  })

  const command = { argv: ['/bin/x'], shell: false }
  test.each<[Step, string]>([
    [{ do: 'settle', quiet: 100, within: 3000 }, 'wait until it has been quiet for 100 ms'],
    [{ do: 'send', signal: 'HUP', because: 'reload' }, 'send HUP to the main process'],
    [{ do: 'follow', path: '/run/a.pid', within: 1 }, 'read /run/a.pid again: the main PID may change'],
    [{ do: 'run-reload-command', command, within: 2000 }, 'run the reload command: /bin/x (at most 2 s)'],
    [{ do: 'wish', want: 'down' }, 'write down that it is to stay stopped'],
    [
      { do: 'end', signal: 'KILL', within: 5000, reach: 'all' },
      'send KILL to all its processes and wait (at most 5 s)',
    ],
    [
      { do: 'end', signal: 'TERM', within: 5000, reach: 'main' },
      'send TERM to the main process and wait (at most 5 s)',
    ],
    [
      { do: 'await-ready', probe: { kind: 'unix', path: '/run/s' }, within: 1000 },
      'wait for readiness: unix /run/s (at most 1 s)',
    ],
  ])('has the step %o in words', (step, words) => {
    expect(describeStep(step)).toBe(words)
  })

  test('shows commands as one could type them', () => {
    expect(describeCommand({ argv: ['/bin/x', '-a=1', 'two words', "it's", ''], shell: false })).toBe(
      String.raw`/bin/x -a=1 'two words' 'it'\''s' ''`,
    )
  })
})

const app = subject({ description: 'Imports orders', pidfile: '/run/app.pid', log: { stdout: '/var/log/app.log' } })
const BY = { uid: 0, loginUid: 1000, user: 'root', terminal: 'pts/3', parent: 'bash' }
const status = (condition: Condition, lsb: Status['status'], uptime?: number): Status => ({
  subject: app,
  condition,
  status: lsb,
  uptime,
})

const entry = (more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  version: 1,
  at: new Date(2026, 0, 2, 3, 4, 5).getTime(),
  name: 'app',
  verb: 'stop',
  result: 'done',
  pid: 7,
  exit: {
    kind: 'signal',
    signal: 'KILL',
  },
  outOfMemory: false,
  message: '',
  took: 40,
  by: BY,
  ...more,
})

const detail: StatusDetail = {
  ...status(CONDITIONS.running, 0, 3725e3),
  wish: {
    version: 1,
    want: 'up',
    paused: false,
    at: new Date(2026, 0, 2, 3, 4, 5).getTime(),
    by: BY,
  },
  processes: [process(7, 10), process(8, 11)],
  rss: 22020096,
  pss: 18874368,
  lastExit: { kind: 'signal', signal: 'KILL' },
  figures: ok(new Map([['requests', 12]])),
  cpuTime: 1500,
  threads: 4,
  descriptors: 24,
  listening: ['tcp 127.0.0.1:80'],
  history: [entry()],
  logLines: ['ready', EVIL],
}

describe('a status', () => {
  test('in a line a daemon', () => {
    const lines = [status(CONDITIONS.running, 0, 61_000), status(CONDITIONS.stopped, 3), status(CONDITIONS.foreign, 1)]
    expect(renderStatusLines(lines, PLAIN)).toMatchInlineSnapshot(`
      "NAME  CONDITION  PID  UPTIME
      app   running    7    1 min 1 s
      app   stopped
      app   foreign                    PID 7 was reused"
    `)
    expect(readable(renderStatusLines(lines.slice(0, 1), COLOURED))).toMatchInlineSnapshot(`
      "<bold>NAME  CONDITION  PID  UPTIME</>
      <bold>app</>   <green>running</>    7    1 min 1 s"
    `)
  })

  test('in full', () => {
    expect(renderStatusDetail(detail, PLAIN)).toMatchInlineSnapshot(`
      "app is running (pid 7), up 1 h 2 min
        is          Imports orders
        pidfile     /run/app.pid
        main        pid 7 (appd), uid 0
        known by    its record: boot, PID and start time
        processes   2 (7 8), 4 threads
        uses        21 MiB of memory (PSS 18 MiB), 1.5 s of CPU time, 24 descriptors
        listens on  tcp 127.0.0.1:80
        tells       requests 12
        wanted      running, by root at 2026-01-02 03:04:05
        last end    it was killed by SIGKILL
        history     2026-01-02 03:04:05 stop by root (login uid 1000) from pts/3, bash: done (pid 7; it was killed by SIGKILL)
        log         /var/log/app.log
                  | ready
                  | evil\\x1b[2J\\u202e\\x9b"
    `)
  })

  test('of what cannot be told says what to do', () => {
    const unseen = { wish: undefined, lastExit: undefined, figures: undefined }
    const nothing = { ...unseen, processes: [], history: [], logLines: [], listening: [] }
    expect(renderStatusDetail({ ...detail, ...status(CONDITIONS.unclear, 4), uptime: undefined, ...nothing }, PLAIN))
      .toMatchInlineSnapshot(`
      "app is unknown: hidden
        is          Imports orders
        pidfile     /run/app.pid
        do          be root"
    `)
  })

  test('never sends what a daemon says of itself to the terminal as it is', () => {
    const evil = process(7, 10, { name: EVIL })
    const condition: Condition = { ...CONDITIONS.running, process: evil, notes: [EVIL] }
    const text = renderStatusDetail({ ...detail, condition, listening: [EVIL], logLines: [EVIL] }, PLAIN)
    expect(text).not.toMatch(UNSAFE)
    const foreign: Condition = { ...CONDITIONS.foreign, why: `it is now ${EVIL}` }
    expect(renderStatusLines([status(foreign, 1)], PLAIN)).not.toMatch(UNSAFE)
    expect(renderPlan('app', foreign, plan({ verb: 'start' }, foreign, whole), PLAIN)).not.toMatch(UNSAFE)
  })
})

describe('a line of history', () => {
  test.each<[Partial<HistoryEntry>, string]>([
    [{}, '2026-01-02 03:04:05 stop by root (login uid 1000) from pts/3, bash: done (pid 7; it was killed by SIGKILL)'],
    [
      { message: 'it was killed by SIGKILL' },
      '2026-01-02 03:04:05 stop by root (login uid 1000) from pts/3, bash: done (pid 7; it was killed by SIGKILL)',
    ],
    [
      { outOfMemory: true, exit: undefined, by: { ...BY, loginUid: 0, terminal: undefined } },
      '2026-01-02 03:04:05 stop by root from bash: done (pid 7; memory ran out)',
    ],
    [
      {
        pid: undefined,
        exit: undefined,
        result: 'nothing',
        by: { ...BY, user: undefined, loginUid: undefined, terminal: undefined, parent: undefined },
      },
      '2026-01-02 03:04:05 stop by uid 0: nothing',
    ],
  ])('%o', (more, line) => {
    expect(historyLine(entry(more))).toBe(line)
  })
})

test('the columns of a table are as wide as they need to be, whatever their colours', () => {
  const rows = [
    [COLOURED.good('running'), '7'],
    ['x', '4711'],
  ]
  expect(readable(renderTable(['A', 'B'], rows, PLAIN))).toBe('A        B\n<green>running</>  7\nx        4711')
})

describe('JSON, whose shapes only grow', () => {
  test('of outcomes', () => {
    const failed = outcome({
      result: 'failed',
      pid: undefined,
      failure: failure('survivors', 'awaiting the end', 'x', { details: ['pid 7'] }),
    })
    expect(outcomesJson('stop', [outcome({ before: CONDITIONS.running }), failed])).toMatchInlineSnapshot(`
      {
        "daemons": [
          {
            "failure": null,
            "name": "app",
            "pid": 4711,
            "previous-pid": 7,
            "result": "done",
            "rolled-back": false,
            "status": 0,
            "took-ms": 312,
            "why": null,
          },
          {
            "failure": {
              "details": [
                "pid 7",
              ],
              "message": "x",
              "reason": "survivors",
              "remedy": null,
              "stage": "awaiting the end",
            },
            "name": "app",
            "pid": null,
            "previous-pid": null,
            "result": "failed",
            "rolled-back": false,
            "status": 1,
            "took-ms": 312,
            "why": null,
          },
        ],
        "verb": "stop",
        "version": 1,
      }
    `)
  })

  test('of plans', () => {
    const { stale } = CONDITIONS
    const plans = [{ name: 'app', condition: stale, plan: plan({ verb: 'stop' }, stale, definition()) }]
    expect(planJson('stop', plans)).toMatchInlineSnapshot(`
      {
        "daemons": [
          {
            "condition": "stale",
            "failure": null,
            "name": "app",
            "plan": "steps",
            "steps": [
              {
                "do": "wish",
                "want": "down",
              },
              {
                "do": "discard-pidfile",
                "path": "/run/app.pid",
                "why": "PID 7 is dead",
              },
              {
                "do": "forget",
                "lock-file": null,
                "pidfile": "/run/app.pid",
              },
            ],
            "why": null,
          },
        ],
        "dry-run": true,
        "verb": "stop",
        "version": 1,
      }
    `)
  })

  test('of statuses', () => {
    expect(statusesJson([detail, status(CONDITIONS.foreign, 1)])).toMatchInlineSnapshot(`
      {
        "daemons": [
          {
            "condition": "running",
            "cpu-ms": 1500,
            "descriptors": 24,
            "figures": {
              "requests": 12,
            },
            "figures-problem": null,
            "last-exit": {
              "kind": "signal",
              "signal": "KILL",
            },
            "leftovers": [],
            "listening": [
              "tcp 127.0.0.1:80",
            ],
            "memory-bytes": 22020096,
            "memory-pss-bytes": 18874368,
            "name": "app",
            "notes": [],
            "paused": false,
            "pid": 7,
            "pidfile": "/run/app.pid",
            "processes": [
              7,
              8,
            ],
            "proof": "record",
            "started-at": "1970-01-12T13:46:50.000Z",
            "status": 0,
            "suspended": false,
            "threads": 4,
            "uptime-ms": 3725000,
            "wanted": "up",
            "watch": null,
            "why": null,
          },
          {
            "condition": "foreign",
            "leftovers": [],
            "name": "app",
            "notes": [],
            "pid": null,
            "pidfile": "/run/app.pid",
            "proof": null,
            "started-at": null,
            "status": 1,
            "suspended": false,
            "uptime-ms": null,
            "watch": null,
            "why": "PID 7 was reused",
          },
        ],
        "version": 1,
      }
    `)
  })

  test('of a failure before there is a daemon', () => {
    expect(failureOnlyJson(failure('usage', 'planning', 'x'))).toMatchInlineSnapshot(`
      {
        "daemons": [],
        "failure": {
          "details": [],
          "message": "x",
          "reason": "usage",
          "remedy": null,
          "stage": "planning",
        },
        "version": 1,
      }
    `)
  })

  test('has no value that JSON cannot say', () => {
    expect(plain({ a: Infinity, b: 3n, c: undefined, d: [null, true] })).toEqual({
      a: 'Infinity',
      b: '3',
      c: null,
      d: [null, true],
    })
    expect(JSON.parse(writeJson(statusesJson([detail])))).toEqual(statusesJson([detail]))
  })
})
