import { once } from 'node:events'
import { appendFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/host/clock.ts'
import { ExecaCommandRunner } from '../../src/host/command-runner.ts'
import type { Clock, ProbeContext } from '../../src/host/host.ts'
import { NetworkProber } from '../../src/host/prober.ts'
import { scratch, uid, untilTestEnds } from './scratch.ts'

const commands = new ExecaCommandRunner({ uid, setpriv: undefined, patience: 100 })
const prober = (clock: Clock = systemClock): NetworkProber =>
  new NetworkProber({ commands, notifyObstacle: () => undefined, clock })

const context: ProbeContext = {
  environment: { PATH: '/usr/bin:/bin' },
  directory: '/',
  credentials: undefined,
  since: 0,
  logSince: undefined,
}

/** Does `then` in the first pause between two tries, which is then over: so a probe has failed once before. */
function afterFirstTry(then: () => Promise<void> | void): { clock: Clock; tries: () => number } {
  let pauses = 0
  const sleep = async (): Promise<void> => {
    pauses += 1
    if (pauses === 1) await then()
  }
  return { clock: { ...systemClock, sleep }, tries: () => pauses }
}

async function listen(server: Server, where: { port: number } | { path: string }): Promise<number> {
  onTestFinished(() => void server.close())
  server.listen({ ...where, host: '127.0.0.1' })
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? (address satisfies AddressInfo).port : 0
}

/** A port on which nobody listens now. */
async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('a port', () => {
  it('answers at once', async () => {
    const port = await listen(createServer(), { port: 0 })
    expect(await prober().succeeds({ kind: 'tcp', host: '127.0.0.1', port }, context, untilTestEnds())).toBe(true)
  })

  it('answers as soon as somebody listens', async () => {
    const port = await freePort()
    const { clock, tries } = afterFirstTry(async () => void (await listen(createServer(), { port })))
    const probe = { kind: 'tcp', host: '127.0.0.1', port } as const
    expect(await prober(clock).succeeds(probe, context, untilTestEnds())).toBe(true)
    expect(tries()).toBe(1)
  })

  it('on which nobody listens is asked less and less often, until aborted', async () => {
    const port = await freePort()
    const controller = new AbortController()
    const pauses: number[] = []
    const sleep = async (span: number): Promise<void> => {
      pauses.push(span)
      if (pauses.length === 12) controller.abort()
    }
    const probe = { kind: 'tcp', host: '127.0.0.1', port } as const
    expect(await prober({ ...systemClock, sleep }).succeeds(probe, context, controller.signal)).toBe(false)
    expect(pauses.slice(0, 3)).toEqual([5, 7.5, 11.25])
    expect(pauses.at(-1)).toBe(200)
  })

  it('that answers nothing is given up when aborted', async () => {
    const controller = new AbortController()
    // TEST-NET-1 of RFC 5737: nobody is there; some networks say so, others say nothing.
    const asked = prober().succeeds({ kind: 'tcp', host: '192.0.2.1', port: 9 }, context, controller.signal)
    controller.abort()
    expect(await asked).toBe(false)
  })
})

describe('a unix socket', () => {
  it('answers as soon as it is there', async () => {
    const path = join(scratch(), 'x.sock')
    const { clock } = afterFirstTry(async () => void (await listen(createServer(), { path })))
    expect(await prober(clock).succeeds({ kind: 'unix', path }, context, untilTestEnds())).toBe(true)
  })
})

describe('a page', () => {
  async function serve(status: number): Promise<string> {
    const server = createHttpServer((_, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('x'.repeat(100_000))
    })
    return `http://127.0.0.1:${await listen(server, { port: 0 })}/health`
  }

  it.each([200, 204, 302, 399])('answers with %i', async (status) => {
    expect(await prober().succeeds({ kind: 'http', url: await serve(status) }, context, untilTestEnds())).toBe(true)
  })

  it.each([400, 404, 500, 503])('is not yet there with %i', async (status) => {
    const url = await serve(status)
    const controller = new AbortController()
    const { clock, tries } = afterFirstTry(() => controller.abort())
    expect(await prober(clock).succeeds({ kind: 'http', url }, context, controller.signal)).toBe(false)
    expect(tries()).toBe(1)
  })

  it.each(['http://127.0.0.1:1/', 'https://127.0.0.1:1/', 'nonsense'])('%s is nothing', async (url) => {
    const controller = new AbortController()
    const { clock } = afterFirstTry(() => controller.abort())
    expect(await prober(clock).succeeds({ kind: 'http', url }, context, controller.signal)).toBe(false)
  })

  it('that never comes is given up when aborted', async () => {
    const server = createServer()
    const port = await listen(server, { port: 0 })
    const controller = new AbortController()
    const connected = once(server, 'connection')
    const asked = prober().succeeds({ kind: 'http', url: `http://127.0.0.1:${port}/` }, context, controller.signal)
    await connected
    controller.abort()
    expect(await asked).toBe(false)
  })
})

describe('a file', () => {
  it('is enough once it exists', async () => {
    const path = join(scratch(), 'ready')
    const asked = prober().succeeds({ kind: 'file', path, maxAge: undefined }, context, untilTestEnds())
    writeFileSync(path, '')
    expect(await asked).toBe(true)
  })

  it('must be young if that is asked', async () => {
    const path = join(scratch(), 'heartbeat')
    writeFileSync(path, '')
    utimesSync(path, 1, 1)
    const asked = prober().succeeds({ kind: 'file', path, maxAge: 60_000 }, context, untilTestEnds())
    utimesSync(path, new Date(), new Date())
    expect(await asked).toBe(true)
  })

  it('that never comes is given up when aborted', async () => {
    const controller = new AbortController()
    const probe = { kind: 'file', path: join(scratch(), 'none'), maxAge: undefined } as const
    const asked = prober().succeeds(probe, context, controller.signal)
    controller.abort()
    expect(await asked).toBe(false)
  })
})

describe('a line of the log', () => {
  function log(text: string, offset = Buffer.byteLength(text)) {
    const path = join(scratch(), 'x.log')
    writeFileSync(path, text)
    return { path, context: { ...context, logSince: { path, offset } } }
  }
  const ready = { kind: 'log', pattern: '^ready( to serve)?$' } as const

  it('is found when it is written', async () => {
    const { path, context: since } = log('ready\n')
    const asked = prober().succeeds(ready, since, untilTestEnds())
    appendFileSync(path, 'starting\nrea')
    appendFileSync(path, 'dy to serve\n')
    expect(await asked).toBe(true)
  })

  it('is found without its end', async () => {
    const { path, context: since } = log('')
    const asked = prober().succeeds(ready, since, untilTestEnds())
    appendFileSync(path, 'starting\r\nready')
    expect(await asked).toBe(true)
  })

  it('is found behind much else', async () => {
    const { context: since } = log(`${'x'.repeat(300_000)}\nready\n`, 0)
    expect(await prober().succeeds(ready, since, untilTestEnds())).toBe(true)
  })

  it('from before the start does not count', async () => {
    const { path, context: since } = log('ready\n')
    const controller = new AbortController()
    const asked = prober().succeeds(ready, since, controller.signal)
    appendFileSync(path, 'not yet\n')
    controller.abort()
    expect(await asked).toBe(false)
  })

  it('is found in a log that is made only now', async () => {
    const path = join(scratch(), 'log/x.log')
    const asked = prober().succeeds(ready, { ...context, logSince: { path, offset: 0 } }, untilTestEnds())
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(path, '..'))
    writeFileSync(path, 'ready\n')
    expect(await asked).toBe(true)
  })

  it('is found after the log was moved away, in the new one', async () => {
    const { path, context: since } = log('old\n')
    const asked = prober().succeeds(ready, since, untilTestEnds())
    renameSync(path, `${path}.1`)
    writeFileSync(path, 'ready\n')
    expect(await asked).toBe(true)
  })

  it('is found after the log was moved away, in the old one', async () => {
    const { path, context: since } = log('old\n')
    const asked = prober().succeeds(ready, since, untilTestEnds())
    renameSync(path, `${path}.1`)
    appendFileSync(`${path}.1`, 'ready\n')
    writeFileSync(path, 'new\n')
    expect(await asked).toBe(true)
  })

  it('is found after the log was cut', async () => {
    const { path, context: since } = log('much that is old\n')
    const asked = prober().succeeds(ready, since, untilTestEnds())
    truncateSync(path)
    appendFileSync(path, 'ready\n')
    expect(await asked).toBe(true)
  })

  it('can never come without a log, or by a pattern that is none', async () => {
    expect(await prober().succeeds(ready, context, untilTestEnds())).toBe(false)
    const { context: since } = log('')
    expect(await prober().succeeds({ kind: 'log', pattern: '(' }, since, untilTestEnds())).toBe(false)
  })
})

describe('a command', () => {
  it('succeeds by its exit status, sooner or later', async () => {
    const path = join(scratch(), 'ready')
    const { clock, tries } = afterFirstTry(() => writeFileSync(path, ''))
    const command = { argv: ['test', '-e', path], shell: false }
    expect(await prober(clock).succeeds({ kind: 'command', command }, context, untilTestEnds())).toBe(true)
    expect(tries()).toBe(1)
  })

  it('is ended when aborted', async () => {
    const controller = new AbortController()
    const command = { argv: ['sleep', '60'], shell: false }
    const asked = prober().succeeds({ kind: 'command', command }, context, controller.signal)
    controller.abort()
    expect(await asked).toBe(false)
  })
})

describe('a delay', () => {
  it('is over when it is over', async () => {
    const spans: number[] = []
    const sleep = async (span: number): Promise<void> => void spans.push(span)
    const probe = { kind: 'delay', delay: 3_000 } as const
    expect(await prober({ ...systemClock, sleep }).succeeds(probe, context, untilTestEnds())).toBe(true)
    expect(spans).toEqual([3_000])
  })

  it('is no success when aborted', async () => {
    const controller = new AbortController()
    const asked = prober().succeeds({ kind: 'delay', delay: 600_000 }, context, controller.signal)
    controller.abort()
    expect(await asked).toBe(false)
  })
})

it('says whether there are notify sockets', () => {
  expect(prober().notifySupport()).toEqual({ ok: true, value: undefined })
  const without = new NetworkProber({ commands, notifyObstacle: () => 'no koffi' })
  expect(without.notifySupport()).toEqual({ ok: false, error: 'no koffi' })
})

describe('health', () => {
  const never = new AbortController().signal

  it('is asked once: a "no" is an answer', async () => {
    const asked: string[] = []
    const server = createHttpServer((request, response) => {
      asked.push(request.url ?? '')
      response.writeHead(request.url === '/well' ? 204 : 503).end()
    })
    const port = await listen(server, { port: 0 })
    const url = `http://127.0.0.1:${port}`
    expect(await prober().isWell({ kind: 'http', url: `${url}/well` }, context, 60_000, never)).toBe(true)
    expect(await prober().isWell({ kind: 'http', url: `${url}/ill` }, context, 60_000, never)).toBe(false)
    expect(asked).toEqual(['/well', '/ill'])
    const closed = await freePort()
    expect(await prober().isWell({ kind: 'tcp', host: '127.0.0.1', port: closed }, context, 60_000, never)).toBe(false)
    const path = join(scratch(), 'nobody.sock')
    expect(await prober().isWell({ kind: 'unix', path }, context, 60_000, never)).toBe(false)
    const failing = { argv: ['/bin/false'], shell: false }
    expect(await prober().isWell({ kind: 'command', command: failing }, context, 60_000, never)).toBe(false)
  })

  it('is not there if nothing answers in time, or when nobody wants to know any more', async () => {
    const port = await listen(
      createHttpServer(() => {}),
      { port: 0 },
    )
    const probe = { kind: 'http', url: `http://127.0.0.1:${port}/` } as const
    expect(await prober().isWell(probe, context, 20, never)).toBe(false)
    const over = new AbortController()
    const asked = prober().isWell(probe, context, 60_000, over.signal)
    over.abort()
    expect(await asked).toBe(false)
    const sleeps = { kind: 'command', command: { argv: ['/bin/sleep', '86400'], shell: false } } as const
    expect(await prober().isWell(sleeps, context, 20, never)).toBe(false)
  })

  it('is a file that is young enough', async () => {
    const path = join(scratch(), 'beat')
    const ask = (maxAge: number | undefined): Promise<boolean> =>
      prober().isWell({ kind: 'file', path, maxAge }, context, 60_000, never)
    expect(await ask(undefined)).toBe(false)
    writeFileSync(path, '')
    utimesSync(path, Date.now() / 1000 - 60, Date.now() / 1000 - 60)
    expect([await ask(undefined), await ask(120_000), await ask(30_000)]).toEqual([true, true, false])
  })
})
