import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo, type ListenOptions } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { formatSocket, listeningSockets } from '../../src/host/listening-sockets.ts'
import { parseInternet, parseUnix } from '../../src/host/socket-tables.ts'
import { scratch } from './scratch.ts'

async function listen(options: ListenOptions): Promise<number> {
  const server = createServer()
  onTestFinished(() => void server.close())
  server.listen(options)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describe('our own listening sockets', () => {
  it('are found, of every kind, once each', async () => {
    const path = join(scratch(), 'x.sock')
    const port = await listen({ port: 0, host: '127.0.0.1' })
    await listen({ path })
    const udp = createSocket('udp4')
    onTestFinished(() => void udp.close())
    udp.bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const found = listeningSockets([process.pid, process.pid])
    expect(found).toEqual(
      expect.arrayContaining([
        { protocol: 'tcp', address: '127.0.0.1', port, pid: process.pid },
        { protocol: 'udp', address: '127.0.0.1', port: udp.address().port, pid: process.pid },
        { protocol: 'unix', path, pid: process.pid },
      ]),
    )
    expect(new Set(found.map(formatSocket)).size).toBe(found.length)
  })

  it('do not count a connection', async () => {
    const port = await listen({ port: 0, host: '127.0.0.1' })
    const { connect } = await import('node:net')
    const client = connect(port, '127.0.0.1')
    onTestFinished(() => void client.destroy())
    await once(client, 'connect')
    const ports = listeningSockets([process.pid]).flatMap((socket) => ('port' in socket ? [socket.port] : []))
    expect(ports.filter((one) => one === port)).toHaveLength(1)
    expect(ports).not.toContain(client.localPort)
  })
})

it('finds nothing of nobody', () => {
  expect(listeningSockets([])).toEqual([])
  expect(listeningSockets([0, -1, 2 ** 30])).toEqual([])
  expect(listeningSockets([1], '/no/proc')).toEqual([])
})

const TITLE = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const line = (local: string, state: string): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100\n`
const only = (local: string, table: 'tcp' | 'tcp6' | 'udp', state: string, order: 'LE' | 'BE' = 'LE'): string[] =>
  [...parseInternet(TITLE + line(local, state), table, order).values()].map(formatSocket)

describe('a line of /proc/net', () => {
  it.each([
    ['0100007F:1F90', 'tcp 127.0.0.1:8080'],
    ['00000000:0016', 'tcp 0.0.0.0:22'],
    ['00000000000000000000000000000000:0050', 'tcp [::]:80'],
    ['00000000000000000000000001000000:0050', 'tcp [::1]:80'],
    ['0000000000000000FFFF00000100007F:0050', 'tcp [::ffff:127.0.0.1]:80'],
    ['B80D0120000000000000000001000000:01BB', 'tcp [2001:db8::1]:443'],
    ['000080FE00000000FF3E1602DEADBEFE:01BB', 'tcp [fe80::216:3eff:febe:adde]:443'],
    ['B80D0120010000000000000000000100:01BB', 'tcp [2001:db8:0:1::1:0]:443'],
    ['B80D0120020001000400030006000500:01BB', 'tcp [2001:db8:1:2:3:4:5:6]:443'],
  ])('%s is %s', (local, text) => {
    expect(only(local, local.length > 13 ? 'tcp6' : 'tcp', '0A')).toEqual([text])
  })

  it('is in the byte order of the machine', () => {
    expect(only('7F000001:1F90', 'tcp', '0A', 'BE')).toEqual(['tcp 127.0.0.1:8080'])
  })

  it.each([
    ['tcp', '01'],
    ['udp', '01'],
    ['tcp', '07'],
  ] as const)('of %s in state %s does not listen', (table, state) => {
    expect(only('0100007F:1F90', table, state)).toEqual([])
  })

  it('of a UDP socket without a peer does', () => {
    expect(only('0100007F:0035', 'udp', '07')).toEqual(['udp 127.0.0.1:53'])
  })

  it('that makes no sense is passed over', () => {
    expect(parseInternet('title\n\nnonsense\n0: x:y z 0A', 'tcp', 'LE').size).toBe(0)
    expect(parseUnix('title\n\nnonsense\n').size).toBe(0)
  })

  it('of a unix socket listens or does not', () => {
    const table = [
      'Num       RefCount Protocol Flags    Type St Inode Path',
      '0000000000000000: 00000002 00000000 00010000 0001 01 101 /run/my app.sock',
      '0000000000000000: 00000002 00000000 00010000 0005 01 102 @abstract',
      '0000000000000000: 00000003 00000000 00000000 0001 03 103 /run/connected.sock',
      '0000000000000000: 00000002 00000000 00010000 0001 01 104',
      '0000000000000000: 00000002 00000000 00000000 0002 01   105 /run/systemd/notify',
    ].join('\n')
    expect([...parseUnix(table).values()].map(formatSocket)).toEqual(['unix /run/my app.sock', 'unix @abstract'])
  })
})
