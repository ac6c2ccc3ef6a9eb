import { createConnection, type Socket } from 'node:net'
import type { Milliseconds } from '../base/duration.ts'
import type { CaptureSink } from './capture-sink.ts'

/** What systemd-cat(1) writes to. */
const SOCKET = '/run/systemd/journal/stdout'
const RETRY: Milliseconds = 500
/** info; lines begin with a priority of their own. */
const DEFAULT_PRIORITY = 6

/**
 * The journal by the socket that it has for the output of programs: a head of seven lines, then the lines. While
 * nobody takes them, they wait. What the journal had not yet read when it ended is sent again only as far as we know.
 */
export function journalSink(name: string, path: string = SOCKET): CaptureSink {
  let aborted = false
  let socket: Socket | undefined
  const connected = async (): Promise<Socket | undefined> => {
    if (socket?.writable === true) return socket
    const made = createConnection(path)
    const there = await new Promise<boolean>((resolve) => {
      made.once('connect', () => resolve(true)).on('error', () => resolve(false))
    })
    if (!there) return undefined
    made.on('close', () => made.destroy())
    made.write(journalHead(name))
    // It says nothing.
    made.resume()
    return (socket = made)
  }
  const append = async (output: Buffer): Promise<void> => {
    for (;;) {
      const to = await connected()
      const done =
        to !== undefined &&
        (await new Promise<boolean>((resolve) => {
          const gone = (): void => resolve(false)
          to.once('close', gone)
          to.write(output, (error) => {
            to.off('close', gone)
            resolve(error === undefined || error === null)
          })
        }))
      if (done) return
      if (aborted) throw new Error('nobody takes it')
      await new Promise((resolve) => setTimeout(resolve, RETRY))
    }
  }
  return {
    append,
    async write(output, _portion, consume) {
      await append(output)
      consume()
    },
    resume() {},
    refresh: () => 0,
    abort() {
      aborted = true
      socket?.destroy()
    },
    close: () => socket?.end(),
  }
}

/** Identifier, unit, priority, whether lines begin with a priority, and to whom else they go: as systemd-cat has it. */
const journalHead = (name: string): string => `${name}\n\n${DEFAULT_PRIORITY}\n1\n0\n0\n0\n`
