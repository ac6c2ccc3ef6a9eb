import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Gives back what was claimed. */
export type Release = () => Promise<void>

/**
 * Claims a name for this process among all test processes of the host, by an abstract Unix socket: the kernel gives
 * it to one, and takes it back when the process ends, however it ends. unix(7)
 */
export async function claim(name: string): Promise<Release | undefined> {
  const server = createServer()
  const claimed = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(`\0daemonctl-tests/${name}`, () => resolve(true))
  })
  if (!claimed) return undefined
  return () => new Promise((resolve) => server.close(() => resolve()))
}

/** Waits for its turn. */
export async function claimInTurn(name: string): Promise<Release> {
  for (;;) {
    const release = await claim(name)
    if (release !== undefined) return release
    await sleep(100)
  }
}

// Below the ephemeral ports (ip_local_port_range), so that no outgoing connection takes one in between.
const FIRST_PORT = 20_000
const PORTS = 10_000
let nextPort = process.pid * 37

/** A port that is free on 127.0.0.1, TCP and UDP, and that no other test gets until it is released. */
export async function claimPort(): Promise<{ readonly port: number; readonly release: Release }> {
  for (let tries = 0; tries < PORTS; tries++) {
    const port = FIRST_PORT + (nextPort++ % PORTS)
    const release = await claim(`port/${port}`)
    if (release === undefined) continue
    if ((await tcpIsFree(port)) && (await udpIsFree(port))) return { port, release }
    await release()
  }
  throw new Error('no free port')
}

const tcpIsFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

const udpIsFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(false)).bind(port, '127.0.0.1', () => socket.close(() => resolve(true)))
  })

/** Runs tasks of this process, so many at once; the others wait in line. */
export function turnstile(width: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = width
  const waiting: (() => void)[] = []
  return async (task) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
