import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Milliseconds } from '../base/duration.ts'
import { syslogDatagrams } from '../decide/logs/syslog-line.ts'
import type { CaptureSink } from './capture-sink.ts'
import { loadNative, type Native } from './native.ts'
import { toolEnvironment } from './tool-environment.ts'

/** Where every syslog daemon listens. syslog(3) */
const SOCKET = '/dev/log'
const LOOK: Milliseconds = 5
const RETRY: Milliseconds = 500

/** A datagram for each line. While nobody takes it, it waits. */
export function syslogSink(name: string, socket: string = SOCKET): CaptureSink {
  const native = loadNative()
  return native === undefined ? loggerSink(name) : datagramSink(name, socket, native)
}

function datagramSink(name: string, socket: string, native: Native): CaptureSink {
  const fd = native.datagramSocket()
  let aborted = false
  const send = async (datagram: Buffer): Promise<void> => {
    for (let bytes = datagram; ;) {
      if (aborted) throw new Error('nobody takes it')
      const outcome = native.sendTo(fd, socket, bytes)
      if (outcome === 'sent') return
      // Some take less than what is the usual bound.
      if (outcome === 'too-long') bytes = bytes.subarray(0, Math.floor(bytes.length / 2))
      else await new Promise((resolve) => setTimeout(resolve, outcome === 'full' ? LOOK : RETRY))
    }
  }
  const append = async (output: Buffer): Promise<void> => {
    for (const datagram of syslogDatagrams(output, name)) await send(datagram)
  }
  return {
    append,
    async write(output, _portion, consume) {
      await append(output)
      consume()
    },
    resume() {},
    refresh: () => 0,
    abort: () => void (aborted = true),
    close: () => closeSync(fd),
  }
}

/** Without koffi: logger(1) sends what it reads. */
function loggerSink(name: string): CaptureSink {
  let aborted = false
  let child: ChildProcess | undefined
  const logger = (): ChildProcess => {
    if (child?.stdin?.writable === true) return child
    child = spawn('logger', ['--prio-prefix', '-p', 'daemon.info', '-t', name], {
      env: toolEnvironment(),
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.on('error', () => {})
    child.stdin?.on('error', () => {})
    return child
  }
  const append = async (output: Buffer): Promise<void> => {
    for (;;) {
      const { stdin } = logger()
      const failed = await new Promise<boolean>((resolve) => {
        if (stdin === null) resolve(true)
        else stdin.write(output, (error) => resolve(error !== null && error !== undefined))
      })
      if (!failed) return
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
    abort: () => void (aborted = true),
    close: () => child?.stdin?.end(),
  }
}
