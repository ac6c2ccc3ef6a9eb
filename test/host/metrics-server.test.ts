import { get } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseMetricsAddress } from '../../src/cli/metrics-endpoint.ts'
import { serveMetrics } from '../../src/host/metrics-server.ts'
import { scratch } from './scratch.ts'

function asked(
  socketPath: string,
  path: string,
  method = 'GET',
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; type: string | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const request = get({ socketPath, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], text }),
      )
    })
    request.on('error', reject)
  })
}

async function served(path: string, metrics: () => Promise<Buffer>): Promise<void> {
  const server = await serveMetrics({ kind: 'unix', path }, metrics)
  if (!server.ok) throw new Error(server.error.message)
  onTestFinished(() => server.value.close())
}

test('GET /metrics gives the metrics, and nothing else gives anything', async () => {
  const path = join(scratch(), 'metrics.sock')
  await served(path, async () => Buffer.from('daemonctl_up 1\n'))
  expect(await asked(path, '/metrics')).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    text: 'daemonctl_up 1\n',
  })
  expect(await asked(path, '/metrics?x=1')).toMatchObject({ status: 200 })
  expect(await asked(path, '/')).toMatchObject({ status: 404 })
  expect(await asked(path, '/metrics', 'POST')).toMatchObject({ status: 405 })
})

test('who accepts OpenMetrics is given it, with its end', async () => {
  const path = join(scratch(), 'metrics.sock')
  await served(path, async () => Buffer.from('daemonctl_up 1\n'))
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
  expect(await asked(path, '/metrics', 'GET', { accept })).toEqual({
    status: 200,
    type: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    text: 'daemonctl_up 1\n# EOF\n',
  })
})

test('metrics that cannot be had are an answer as well', async () => {
  const path = join(scratch(), 'metrics.sock')
  await served(path, () => Promise.reject(new Error('no such thing')))
  expect(await asked(path, '/metrics')).toMatchObject({ status: 500 })
})

test('the socket of one who lives is left alone', async () => {
  const path = join(scratch(), 'metrics.sock')
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(path, resolve))
  onTestFinished(() => void other.close())
  const server = await serveMetrics({ kind: 'unix', path }, async () => Buffer.alloc(0))
  expect(server).toMatchObject({ ok: false, error: { stage: 'opening the metrics endpoint' } })
})

test.each([
  ['unix:/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
  ['tcp:127.0.0.1:9117', { kind: 'tcp', host: '127.0.0.1', port: 9117 }],
  ['tcp:[::1]:9117', { kind: 'tcp', host: '::1', port: 9117 }],
])('%s is an address', (text, address) => {
  expect(parseMetricsAddress(text)).toEqual({ ok: true, value: address })
})

test.each(['', 'unix:x', 'tcp:9117', 'tcp:localhost', 'tcp:127.0.0.1:99999', 'http://x/', 'tcp:::1:9117'])(
  '%j is none',
  (text) => {
    expect(parseMetricsAddress(text)).toMatchObject({ ok: false, error: { reason: 'usage' } })
  },
)
