import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { TcpNetConnectOpts, IpcNetConnectOpts } from 'node:net'
import { err, ok, type Result } from '../base/result.ts'
import type { MetricsSource } from '../definition/definition.ts'
import type { Milliseconds } from '../base/duration.ts'
import { explain } from './system-error.ts'

/** Whoever writes more than this is not telling figures. */
const MOST_BYTES = 1024 * 1024

type Source = Exclude<MetricsSource['from'], { kind: 'command' }>

/**
 * What a daemon tells of itself, in its own words; bounded in time and size whatever it does. A server is read from
 * until it ends the connection.
 */
export async function readFigures(source: Source, within: Milliseconds): Promise<Result<string, string>> {
  switch (source.kind) {
    case 'tcp':
      return readStream({ host: source.host, port: source.port }, within)
    case 'unix':
      return readStream({ path: source.path }, within)
    case 'http':
      return readHttp(source.url, within)
    case 'file':
      return readHead(source.path)
  }
}

async function readStream(
  to: TcpNetConnectOpts | IpcNetConnectOpts,
  within: Milliseconds,
): Promise<Result<string, string>> {
  const { connect } = await import('node:net')
  return new Promise((resolve) => {
    const socket = connect(to)
    const taken = new Taken()
    const finish = (result: Result<string, string>): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => finish(err('it does not come to an end in time')), within)
    socket.on('error', (error) => finish(err(explain(error))))
    socket.on('data', (chunk) => {
      if (!taken.add(chunk)) finish(err(TOO_MUCH))
    })
    socket.on('end', () => finish(ok(taken.text())))
  })
}

async function readHttp(url: string, within: Milliseconds): Promise<Result<string, string>> {
  try {
    const answer = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(within),
      headers: { 'user-agent': 'daemonctl' },
    })
    if (!answer.ok || answer.body === null) {
      await answer.body?.cancel()
      return err(`it answers with status ${answer.status}`)
    }
    const taken = new Taken()
    // Left before its end, the stream is cancelled, and the connection with it.
    for await (const chunk of answer.body) if (!taken.add(Buffer.from(chunk))) return err(TOO_MUCH)
    return ok(taken.text())
  } catch (error) {
    const why = error instanceof Error && error.cause !== undefined ? error.cause : error
    return err(error instanceof Error && error.name === 'TimeoutError' ? 'it does not answer in time' : explain(why))
  }
}

/** A pipe has no end, and is not waited for. */
function readHead(path: string): Result<string, string> {
  let fd: number | undefined
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!fstatSync(fd).isFile()) return err(`${path} is not a regular file`)
    const buffer = Buffer.alloc(MOST_BYTES)
    return ok(buffer.toString('utf8', 0, readSync(fd, buffer, 0, MOST_BYTES, 0)))
  } catch (error) {
    return err(explain(error))
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

const TOO_MUCH = 'it writes more than 1 MiB'

class Taken {
  readonly #chunks: Buffer[] = []
  #size = 0

  add(chunk: Buffer): boolean {
    this.#size += chunk.length
    if (this.#size > MOST_BYTES) return false
    this.#chunks.push(chunk)
    return true
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}
