import { spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
  existsSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startCapture, type CaptureHandle, type CaptureOptions } from '../../src/host/capture-reader.ts'
import { loadNative } from '../../src/host/native.ts'
import { scratch } from './scratch.ts'

interface Given {
  readonly directory: string
  readonly log: string
  /** The daemon's end of the pipe. */
  readonly fd: number
  readonly warnings: string[]
  start(): CaptureHandle
  /** Nothing is in the pipe. */
  isEmpty(): boolean
  until(isSo: () => boolean): Promise<void>
}

function given(changes: Partial<CaptureOptions> = {}): Given {
  const directory = scratch()
  const [fifo, stage, log] = ['fifo', 'stage', 'd.log'].map((name) => join(directory, name)) as [string, string, string]
  spawnSync('mkfifo', [fifo, stage])
  // As the keeper does.
  openSync(stage, constants.O_RDWR)
  const warnings: string[] = []
  const fd = openSync(fifo, constants.O_RDWR)
  return {
    directory,
    log,
    fd,
    warnings,
    isEmpty() {
      const native = loadNative()
      if (native === undefined) throw new Error('koffi is not installed')
      const [reading, writing] = native.pipe()
      const outcome = native.tee(fd, writing, 65_536)
      closeSync(reading)
      closeSync(writing)
      return outcome === 'empty'
    },
    start: () =>
      startCapture({
        fifo,
        stage,
        note: join(directory, 'note'),
        to: { kind: 'file', path: log },
        mode: 0o644,
        owner: undefined,
        format: {
          format: 'plain',
          level: 'debug',
          prefix: '',
          rateLimit: undefined,
          priorities: false,
          name: 'd',
          stream: 'stdout',
        },
        overflow: 'block',
        buffer: 1024 * 1024,
        grown: () => {},
        warn: (text) => warnings.push(text),
        ...changes,
      }),
    async until(isSo) {
      for (let tries = 0; !isSo(); tries += 1) {
        if (tries > 1500) throw new Error('not so after 15 s')
        await sleep(10)
      }
    },
  }
}

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'latin1') : '')

test('it ends when nobody has the pipe open for writing, with everything written', async () => {
  const { fd, log, start } = given()
  writeSync(fd, 'one\ntwo\nno end')
  const handle = start()
  closeSync(fd)
  await handle.ended
  expect(textOf(log)).toBe('one\ntwo\nno end')
})

test('a reader that is stopped leaves the rest to the next one', async () => {
  const { fd, log, start, until } = given()
  const first = start()
  writeSync(fd, 'one\n')
  await until(() => textOf(log) === 'one\n')
  await first.stop()
  writeSync(fd, 'two\n')
  const second = start()
  closeSync(fd)
  await second.ended
  expect(textOf(log)).toBe('one\ntwo\n')
})

test('a log that is renamed is opened again', async () => {
  const { fd, log, start, until } = given()
  const handle = start()
  writeSync(fd, 'one\n')
  await until(() => textOf(log) === 'one\n')
  renameSync(log, `${log}.1`)
  await until(() => existsSync(log))
  writeSync(fd, 'two\n')
  closeSync(fd)
  await handle.ended
  expect([textOf(`${log}.1`), textOf(log)]).toEqual(['one\n', 'two\n'])
})

describe('a disk that is full', () => {
  test('block: the daemon waits, and nothing is lost', async () => {
    const { fd, log, start, until, warnings } = given()
    symlinkSync('/dev/full', log)
    const handle = start()
    writeSync(fd, 'one\ntwo\n')
    await until(() => warnings.length > 0)
    expect(warnings).toEqual([expect.stringContaining('no space left')])
    rmSync(log)
    closeSync(fd)
    await handle.ended
    expect(textOf(log)).toBe('one\ntwo\n')
  })

  test('drop: it goes on, and the log says how much is missing', async () => {
    const { fd, log, start, until, warnings, isEmpty } = given({ overflow: 'drop', buffer: 8 })
    symlinkSync('/dev/full', log)
    const handle = start()
    writeSync(fd, 'one\n')
    await until(() => warnings.length > 0)
    writeSync(fd, 'two\nfour\n')
    // What has been taken out of the pipe is in the buffer, or dropped.
    await until(isEmpty)
    rmSync(log)
    await until(() => textOf(log).includes('dropped'))
    writeSync(fd, 'six\nend')
    closeSync(fd)
    await handle.ended
    const told = '1 line (5 bytes) could not be written in time and had to be dropped here'
    expect(textOf(log)).toBe(`one\ntwo\ndaemonctl: ${told}\nsix\nend`)
    expect(warnings).toEqual([expect.stringContaining('no space left'), told])
  })
})
