import { closeSync, constants, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { journalSink } from '../../src/host/journal-sink.ts'
import { loadNative } from '../../src/host/native.ts'
import { streamSink } from '../../src/host/stream-sink.ts'
import { syslogSink } from '../../src/host/syslog-sink.ts'
import { scratch } from './scratch.ts'

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    if (tries > 3000) throw new Error('not so after 30 s')
    await sleep(10)
  }
}

/** A journal at a path: what it was told. */
function journalAt(path: string): { readonly server: Server; text(): string; hangUp(): void } {
  let text = ''
  const open: Socket[] = []
  const server = createServer((socket) => {
    open.push(socket)
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    socket.on('error', () => {})
  }).listen(path)
  onTestFinished(() => void server.close())
  return { server, text: () => text, hangUp: () => open.forEach((socket) => socket.destroy()) }
}

test('the journal: a head, then the lines; nobody there is waited for', async () => {
  const path = join(scratch(), 'stdout')
  const sink = journalSink('d', path)
  let consumed = 0
  const written = sink.write(Buffer.from('<6>one\n'), { input: 7, staged: 7 }, () => (consumed += 1))
  await sleep(50)
  expect(consumed).toBe(0)
  const journal = journalAt(path)
  await written
  expect(consumed).toBe(1)
  await sink.append(Buffer.from('<3>two\n'))
  await until(() => journal.text().endsWith('two\n'))
  expect(journal.text()).toBe('d\n\n6\n1\n0\n0\n0\n<6>one\n<3>two\n')
  sink.close()
})

test('a journal that was started again is told again who speaks', async () => {
  const path = join(scratch(), 'stdout')
  const journal = journalAt(path)
  const sink = journalSink('d', path)
  await sink.append(Buffer.from('one\n'))
  await until(() => journal.text().includes('one'))
  journal.hangUp()
  await until(() => {
    void sink.append(Buffer.from('two\n'))
    return journal.text().includes('0\nd\n') || journal.text().split('d\n\n6\n').length > 2
  })
  await until(() => journal.text().includes('two'))
  sink.close()
})

test('syslog: a datagram for each line; whoever does not read is waited for', async () => {
  const native = loadNative()
  if (native === undefined) return console.warn('skipped: koffi is not installed')
  const path = join(scratch(), 'log')
  const fd = native.bindDatagram(path)
  const received: string[] = []
  const drain = (): void => {
    for (let one = native.receive(fd); one !== undefined; one = native.receive(fd)) received.push(one.text)
  }
  const sink = syslogSink('d', path)
  await sink.append(Buffer.from('<3>bad\n<6>good\n'))
  drain()
  expect(received).toEqual(['<27>d: bad', '<30>d: good'])
  // More than its queue takes: unix(7), max_dgram_qlen.
  const many = Array.from({ length: 2_000 }, (_, index) => `<6>${index}\n`).join('')
  let done = false
  const sent = sink.append(Buffer.from(many)).then(() => (done = true))
  await sleep(50)
  expect(done).toBe(false)
  await until(() => {
    drain()
    return done
  })
  await sent
  drain()
  expect(received.length).toBe(2_002)
  expect(received.at(-1)).toBe('<30>d: 1999')
  closeSync(fd)
  rmSync(path)
  const waiting = sink.append(Buffer.from('<6>x\n'))
  sink.abort()
  await expect(waiting).rejects.toThrow('nobody takes it')
  sink.close()
})

test('a descriptor: all of it, also where it takes only some at a time; once nobody reads, nothing', async () => {
  const fifo = join(scratch(), 'fifo')
  spawnSync('mkfifo', [fifo])
  const reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  const writing = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
  const sink = streamSink(writing)
  const text = Buffer.alloc(300_000, 'x')
  const sent = sink.append(text)
  let size = 0
  while (size < text.length) {
    try {
      size += readSync(reading, Buffer.alloc(65_536))
    } catch {
      await sleep(5)
    }
  }
  await sent
  closeSync(reading)
  // As `daemonctl start | head` leaves it.
  await sink.append(text)
  closeSync(writing)
})

test('a file takes all of it as well', async () => {
  const path = join(scratch(), 'file')
  writeFileSync(path, '')
  const fd = openSync(path, 'a')
  await streamSink(fd).append(Buffer.from('text\n'))
  closeSync(fd)
  expect(readFileSync(path, 'utf8')).toBe('text\n')
})
