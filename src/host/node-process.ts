import { spawn, type ChildProcess } from 'node:child_process'
import { Duplex } from 'node:stream'
import { err, ok, type Result } from '../base/result.ts'
import { parseSignal } from '../base/signals.ts'
import type { Exit } from './host.ts'
import type { Line, NewProcess, NewProcessRequest } from './new-process.ts'

/** Makes a process with what Node has. The error tells why there is none. */
export async function makeProcessByNode(request: NewProcessRequest): Promise<Result<NewProcess, string>> {
  const child = spawn(request.path, request.args, {
    detached: request.detached,
    cwd: '/',
    env: { ...request.environment },
    stdio: request.descriptors.map((descriptor) => (descriptor === 'line' ? 'pipe' : descriptor)),
  })
  const { pid } = child
  if (pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve))
    return err(error.message)
  }
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve(exitOf(code, signal))))
  return ok({ pid, exited, line: (fd) => lineAt(child, fd), unref: () => child.unref() })
}

function lineAt(child: ChildProcess, fd: number): Line | undefined {
  // Node types only the first five descriptors.
  const streams: readonly unknown[] = child.stdio
  const stream = streams[fd]
  if (!(stream instanceof Duplex)) return undefined
  // A process that dies at the gate resets the connection: its exit says so, and says more.
  stream.on('error', () => {})
  return {
    write: (text) => void stream.write(text),
    hear(heard) {
      stream.setEncoding('utf8').on('data', heard)
      return new Promise((resolve) => stream.once('close', () => resolve()))
    },
    close: () => void stream.destroy(),
  }
}

export function exitOf(code: number | null, signal: string | null): Exit {
  if (code !== null) return { kind: 'code', code }
  const name = parseSignal(signal ?? '')
  return name.ok ? { kind: 'signal', signal: name.value } : { kind: 'unseen' }
}
