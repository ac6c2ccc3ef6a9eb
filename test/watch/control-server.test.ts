import { describe, expect, it } from 'vitest'
import { failure } from '../../src/base/failure.ts'
import type { Actor, ControlConnection } from '../../src/host/host.ts'
import { SESSION_LIMITS, serveControl } from '../../src/watch/control-server.ts'
import { eventOf, FakeControl, outcomeOf } from './fake-control.ts'

const BY: Actor = { uid: 1000, loginUid: 1000, user: 'alice', terminal: '/dev/pts/1', parent: 'bash (7)' }

/** A client without a socket: `queued` is whatever the test says. */
function connect(control = new FakeControl()) {
  const said: unknown[] = []
  const warnings: string[] = []
  const state = { queued: 0, paused: 0, resumed: 0, closed: 0 }
  const connection: ControlConnection = {
    peer: BY,
    send: (line) => {
      expect(line).not.toContain('\n')
      said.push(JSON.parse(line))
    },
    queued: () => state.queued,
    pause: () => void (state.paused += 1),
    resume: () => void (state.resumed += 1),
    close: () => void (state.closed += 1),
  }
  const session = serveControl(control, { release: '1.2.3', pid: 42 }, (text) => warnings.push(text))(connection)
  /** The answers of everything that was begun and does not wait for anything. */
  const settled = async (): Promise<unknown[]> => {
    await new Promise((resolve) => setImmediate(resolve))
    return said.splice(0)
  }
  const say = async (message: unknown): Promise<unknown[]> => {
    session.line(typeof message === 'string' ? message : JSON.stringify(message))
    return settled()
  }
  const call = async (method: string, params?: unknown): Promise<unknown> => {
    const [answer] = await say({ jsonrpc: '2.0', id: 1, method, params })
    return answer
  }
  return { control, session, say, call, settled, state, warnings }
}

const result = (value: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', id, result: value })
const error = (code: number, message: unknown = expect.any(String), id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
})

describe('methods', () => {
  it('hello says who is there and what can be asked', async () => {
    const { call } = connect()
    expect(await call('hello')).toEqual(
      result({
        version: 1,
        program: 'daemonctl',
        release: '1.2.3',
        pid: 42,
        methods: expect.arrayContaining(['hello', 'list', 'start', 'force-reload', 'shutdown']),
      }),
    )
  })

  it('list and status report', async () => {
    const { call } = connect()
    const db = {
      name: 'db',
      key: 'db',
      hash: 'hash of db',
      phase: 'up',
      want: 'up',
      paused: false,
      pid: 4711,
      since: '2026-11-21T12:00:00.000Z',
      'next-at': null,
      respawns: 0,
      'in-window': 1,
      burst: 5,
      sentence: 'up',
    }
    expect(await call('status', { name: 'db' })).toEqual(result(db))
    expect(await call('list')).toEqual(result({ daemons: [expect.anything(), expect.anything(), db] }))
  })

  it.each(['start', 'stop', 'restart', 'condrestart', 'reload', 'force-reload'])(
    '%s is done for whom asked',
    async (verb) => {
      const { control, call } = connect()
      expect(await call(verb, { name: 'db', key: 'db', hash: 'hash of db', 'lock-timeout-ms': 5 })).toEqual(
        result({
          name: 'db',
          verb,
          result: 'done',
          why: null,
          pid: 4711,
          before: null,
          'took-ms': 12,
          'last-signal': null,
          'rolled-back': false,
          failure: null,
        }),
      )
      expect(control.asked).toEqual([['act', 'db', { verb }, { lockWithin: 5, rollback: false, by: BY }]])
    },
  )

  it('signal takes a name or a number', async () => {
    const { control, call } = connect()
    await call('signal', { name: 'db', signal: 'SIGUSR1' })
    await call('signal', { name: 'db', signal: 1 })
    expect(control.asked).toEqual(
      ['USR1', 'HUP'].map((signal) => ['act', 'db', { verb: 'signal', signal }, expect.anything()]),
    )
    expect(await call('signal', { name: 'db', signal: 'NOPE' })).toEqual(error(-32602, expect.stringContaining('NOPE')))
  })

  it('tells what was before, and why it failed', async () => {
    const { control, call } = connect()
    control.work = async (name, { verb }) =>
      outcomeOf(name, verb, {
        result: 'failed',
        before: {
          kind: 'stopped',
          lockFile: true,
          record: false,
          leftovers: { processes: [], ofUnfinishedStart: false },
        },
        failure: failure('timeout', 'awaiting readiness', 'it took too long', { remedy: 'wait' }),
        lastSignal: 'KILL',
      })
    expect(await call('start', { name: 'db' })).toMatchObject(
      result({
        result: 'failed',
        before: { condition: 'stopped', pid: null, leftovers: [], 'lock-file': true },
        'last-signal': 'KILL',
        failure: {
          reason: 'timeout',
          stage: 'awaiting readiness',
          message: 'it took too long',
          remedy: 'wait',
          details: [],
        },
      }),
    )
  })

  it('pause and resume, reload-definitions, shutdown', async () => {
    const { control, call } = connect()
    expect(await call('pause', { name: 'db' })).toEqual(
      result({ name: 'db', verb: 'pause', result: 'done', failure: null }),
    )
    expect(await call('resume', { name: 'db' })).toMatchObject(result({ result: 'nothing' }))
    expect(await call('reload-definitions')).toEqual(result({ added: ['new'], removed: [], changed: ['db'] }))
    expect(await call('shutdown', { daemons: 'stop' })).toEqual(result({}))
    expect(control.asked).toEqual([
      ['pause', 'db', { by: BY }],
      ['resume', 'db', { by: BY }],
      ['reload-definitions'],
      ['shutdown', 'stop'],
    ])
  })

  it('action gives what it wrote, or its failure', async () => {
    const { call } = connect()
    expect(await call('action', { name: 'db', action: 'greet' })).toEqual(result({ output: ['hello'] }))
    expect(await call('action', { name: 'db', action: 'dance', args: ['fast'] })).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: {
        code: -32003,
        message: 'db has no action dance',
        data: {
          reason: 'unsupported',
          stage: 'planning',
          message: 'db has no action dance',
          remedy: 'define it',
          details: [],
        },
      },
    })
  })

  it('does nothing to a daemon that is not the one meant', async () => {
    const { control, call } = connect()
    expect(await call('stop', { name: 'nobody' })).toEqual(error(-32001, '"nobody" is not watched'))
    expect(await call('stop', { name: 'db', key: 'other' })).toEqual(error(-32001))
    expect(await call('stop', { name: 'db', hash: 'other' })).toEqual(error(-32002))
    expect(await call('pause', { name: 'db', key: 'other' })).toEqual(error(-32001))
    expect(control.asked).toEqual([])
  })

  it('tells the progress of a request to whom it is of', async () => {
    const { control, say } = connect()
    control.work = async (name, { verb }, _options, progress) => {
      progress.waiting('the end', 1000.4, Infinity)
      progress.warn('odd')
      return outcomeOf(name, verb)
    }
    expect(await say({ jsonrpc: '2.0', id: 'x', method: 'stop', params: { name: 'db' } })).toEqual([
      {
        jsonrpc: '2.0',
        method: 'progress',
        params: { request: 'x', kind: 'waiting', text: 'the end', 'since-ms': 1000, 'within-ms': null },
      },
      { jsonrpc: '2.0', method: 'progress', params: { request: 'x', kind: 'warning', text: 'odd' } },
      expect.objectContaining({ id: 'x' }),
    ])
    expect(await say({ jsonrpc: '2.0', method: 'stop', params: { name: 'db' } })).toEqual([])
    expect(control.asked).toHaveLength(2)
  })
})

describe('nonsense', () => {
  it.each<[unknown, number, unknown]>([
    ['{', -32700, null],
    ['\0\u0001\uFFFD', -32700, null],
    ['['.repeat(60_000), -32700, null],
    [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, -32600, null],
    [`{"a":`.repeat(5_000) + '1' + '}'.repeat(5_000), -32600, null],
    [[], -32600, null],
    [1, -32600, null],
    ['null', -32600, null],
    [{}, -32600, null],
    [{ jsonrpc: '2.0', id: 7 }, -32600, 7],
    [{ jsonrpc: '1.0', id: 7, method: 'hello' }, -32600, 7],
    [{ jsonrpc: '2.0', id: {}, method: 'hello' }, -32600, null],
    [{ jsonrpc: '2.0', id: 7, method: 7 }, -32600, 7],
    [{ jsonrpc: '2.0', id: 7, method: 'hello', params: 'x' }, -32600, 7],
    [{ jsonrpc: '2.0', id: 7, result: 'an answer to nothing' }, -32600, 7],
    [{ jsonrpc: '2.0', id: 7, method: 'toString' }, -32601, 7],
    [{ jsonrpc: '2.0', id: 7, method: '__proto__' }, -32601, 7],
    [{ jsonrpc: '2.0', id: 7, method: 'hello', params: [1] }, -32602, 7],
    [{ jsonrpc: '2.0', id: 7, method: 'stop' }, -32602, 7],
    [{ jsonrpc: '2.0', id: 7, method: 'stop', params: { name: 7 } }, -32602, 7],
    [{ jsonrpc: '2.0', id: 7, method: 'stop', params: { name: 'x'.repeat(60_000) } }, -32001, 7],
    [{ jsonrpc: '2.0', id: 7, method: 'stop', params: { name: 'db', rollback: true } }, -32602, 7],
    [{ jsonrpc: '2.0', id: 7, method: 'shutdown', params: { daemons: 'x'.repeat(60_000) } }, -32602, 7],
  ])('number %# is an error, and sense may follow', async (message, code, id) => {
    const { control, say, call, warnings } = connect()
    const answers = await say(message)
    expect(answers.flat()).toMatchObject([{ jsonrpc: '2.0', id, error: { code, message: expect.any(String) } }])
    expect(JSON.stringify(answers).length).toBeLessThan(1_000)
    expect(await call('hello')).toMatchObject({ result: { version: 1 } })
    expect(control.asked).toEqual([])
    expect(warnings).toEqual([])
  })

  it('names the parameter that is wrong', async () => {
    const { call } = connect()
    expect(await call('stop', { nmae: 'db' })).toEqual(
      error(-32602, 'name: missing; nmae: there is no such parameter; did you mean name?'),
    )
    expect(await call('stop', { name: 'db', 'lock-timeout-ms': -1 })).toEqual(
      error(-32602, expect.stringContaining('lock-timeout-ms: expected')),
    )
  })

  it('is not even answered when it is empty', async () => {
    const { say } = connect()
    expect(await say('')).toEqual([])
    expect(await say(' \r')).toEqual([])
  })

  it('of ours is an internal error, and told', async () => {
    const { control, call, warnings } = connect()
    control.work = () => Promise.reject(new Error('a bug'))
    expect(await call('stop', { name: 'db' })).toEqual(error(-32603, 'a bug'))
    control.work = () => {
      throw new Error('another')
    }
    expect(await call('stop', { name: 'db' })).toEqual(error(-32603, 'another'))
    expect(warnings).toHaveLength(2)
  })
})

describe('batches and notifications', () => {
  it('a batch is answered by a batch, in its order', async () => {
    const { say } = connect()
    const answers = await say([
      { jsonrpc: '2.0', id: 1, method: 'hello' },
      { jsonrpc: '2.0', method: 'stop', params: { name: 'db' } },
      null,
      { jsonrpc: '2.0', id: 'b', method: 'nope' },
    ])
    expect(answers).toMatchObject([
      [{ id: 1 }, { id: null, error: { code: -32600 } }, { id: 'b', error: { code: -32601 } }],
    ])
    expect(await say([{ jsonrpc: '2.0', id: 1, method: 'hello' }])).toMatchObject([[{ id: 1 }]])
  })

  it('notifications are carried out without an answer', async () => {
    const { control, say } = connect()
    const stop = { jsonrpc: '2.0', method: 'stop', params: { name: 'db' } }
    expect(await say([stop, stop])).toEqual([])
    expect(await say({ ...stop, method: 'nope' })).toEqual([])
    expect(await say({ ...stop, params: {} })).toEqual([])
    expect(control.asked).toHaveLength(2)
  })

  it('a batch has its bound', async () => {
    const { say } = connect()
    expect(await say(Array.from({ length: SESSION_LIMITS.batch + 1 }, () => 1))).toMatchObject([
      { error: { code: -32600 } },
    ])
    expect(await say(Array.from({ length: SESSION_LIMITS.batch }, () => 1))).toMatchObject([
      { length: SESSION_LIMITS.batch },
    ])
  })
})

describe('events', () => {
  const event = (daemon: string | null, message: string) => ({
    jsonrpc: '2.0',
    method: 'event',
    params: expect.objectContaining({ daemon, message }),
  })

  it('come to whoever subscribed, until he has had enough', async () => {
    const { control, call, settled } = connect()
    control.tell(eventOf('db', 'too early'))
    expect(await call('subscribe')).toMatchObject(
      result({ daemons: [{ name: 'web@1' }, { name: 'web@2' }, { name: 'db' }] }),
    )
    control.tell(eventOf('db', 'one'))
    control.tell(eventOf(undefined, 'two'))
    expect(await settled()).toEqual([event('db', 'one'), event(null, 'two')])
    expect(await call('unsubscribe')).toEqual(result({}))
    control.tell(eventOf('db', 'too late'))
    expect(await settled()).toEqual([])
    expect(control.listeners.size).toBe(0)
  })

  it('are those of the daemons that were named', async () => {
    const { control, call, settled } = connect()
    expect(await call('subscribe', { names: ['web', 'db'] })).toMatchObject(result({ daemons: { length: 3 } }))
    expect(await call('subscribe', { names: ['web'] })).toMatchObject(result({ daemons: { length: 2 } }))
    expect(control.listeners.size).toBe(1)
    for (const name of ['web@1', 'db', undefined, 'web@9']) control.tell(eventOf(name, 'x'))
    expect(await settled()).toEqual([event('web@1', 'x'), event('web@9', 'x')])
    expect(await call('subscribe', { names: ['nobody'] })).toEqual(error(-32001))
    expect(await call('subscribe', { names: [] })).toEqual(error(-32602))
  })

  it('come after the answer to the subscription', async () => {
    const { control, session, settled } = connect()
    session.line(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe' }))
    control.tell(eventOf('db', 'at once'))
    expect(await settled()).toMatchObject([{ id: 1 }, event('db', 'at once')])
  })

  it('have what was told, with units', async () => {
    const { control, call, settled } = connect()
    await call('subscribe')
    control.tell({
      ...eventOf('db', 'it ended'),
      kind: 'ended',
      telling: {
        kind: 'ended',
        pid: 7,
        exit: { kind: 'code', code: 3 },
        ran: 10,
        next: { kind: 'cool-down', delay: 5, starts: 3, interval: 60 },
      },
    })
    expect(await settled()).toMatchObject([
      {
        params: {
          at: '2026-11-21T12:00:00.000Z',
          kind: 'ended',
          level: 'info',
          state: null,
          details: {
            pid: 7,
            exit: { kind: 'code', code: 3 },
            'ran-ms': 10,
            next: { kind: 'cool-down', 'delay-ms': 5, starts: 3, 'interval-ms': 60 },
          },
        },
      },
    ])
  })

  it('are left out for whoever does not listen, and counted', async () => {
    const { control, call, session, settled, state } = connect()
    await call('subscribe')
    state.queued = SESSION_LIMITS.queued + 1
    for (let count = 0; count < 5; count += 1) control.tell(eventOf('db', 'unheard'))
    expect(await settled()).toEqual([])
    state.queued = 0
    session.drained()
    control.tell(eventOf('db', 'heard'))
    expect(await settled()).toEqual([{ jsonrpc: '2.0', method: 'dropped', params: { count: 5 } }, event('db', 'heard')])
  })

  it('end with the connection', async () => {
    const { control, call, session } = connect()
    await call('subscribe')
    session.closed()
    expect(control.listeners.size).toBe(0)
  })
})

describe('a client that asks too much', () => {
  it('is not read while its requests are at work', async () => {
    const { control, say, state, settled } = connect()
    const done: (() => void)[] = []
    control.work = (name, { verb }) => new Promise((resolve) => done.push(() => resolve(outcomeOf(name, verb))))
    const stop = { jsonrpc: '2.0', id: 1, method: 'stop', params: { name: 'db' } }
    for (let count = 1; count < SESSION_LIMITS.atWork; count += 1) await say(stop)
    expect(state.paused).toBe(0)
    await say(stop)
    expect(state).toMatchObject({ paused: 1, resumed: 0 })
    done[0]?.()
    expect(await settled()).toHaveLength(1)
    expect(state).toMatchObject({ paused: 1, resumed: 1 })
  })

  it('is not read while it does not fetch its answers', async () => {
    const { call, session, state } = connect()
    state.queued = SESSION_LIMITS.queued + 1
    await call('list')
    expect(state).toMatchObject({ paused: 1, resumed: 0 })
    state.queued = 0
    session.drained()
    expect(state).toMatchObject({ paused: 1, resumed: 1 })
  })

  it('is told that its line was too long', async () => {
    const { session, settled } = connect()
    session.tooLong()
    expect(await settled()).toEqual([error(-32005, expect.stringContaining('65536'), null)])
  })
})

describe('the end', () => {
  it('of what a client has to say is the end, when it is answered and hears no events', async () => {
    const { control, session, say, call, state, settled } = connect()
    let finish: () => void = () => {}
    control.work = (name, { verb }) => new Promise((resolve) => (finish = () => resolve(outcomeOf(name, verb))))
    await say({ jsonrpc: '2.0', id: 1, method: 'stop', params: { name: 'db' } })
    session.ended()
    expect(state.closed).toBe(0)
    finish()
    expect(await settled()).toHaveLength(1)
    expect(state.closed).toBe(1)

    const other = connect()
    await other.call('subscribe')
    other.session.ended()
    expect(other.state.closed).toBe(0)
    expect(await call('hello')).toBeDefined()
  })

  it('comes to whoever is idle, but not while something is at work or events are heard', async () => {
    const { control, session, say, call, state } = connect()
    control.work = () => new Promise(() => {})
    await call('subscribe')
    session.idle()
    await call('unsubscribe')
    expect(state.closed).toBe(0)
    session.idle()
    expect(state.closed).toBe(1)
    await say({ jsonrpc: '2.0', id: 1, method: 'stop', params: { name: 'db' } })
    session.idle()
    expect(state.closed).toBe(1)
  })
})
