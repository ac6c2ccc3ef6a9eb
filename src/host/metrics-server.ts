import { rmSync } from 'node:fs'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { errorCode, explain } from './system-error.ts'

export type MetricsAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** The text exposition format of Prometheus. */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const OPEN_METRICS_END = Buffer.from('# EOF\n')

/**
 * Answers GET /metrics over HTTP with what `metrics` gives, and nothing else; as OpenMetrics to whoever accepts it. A socket that a dead watcher left is
 * taken over; the lock of watchers is held by whoever calls this.
 */
export async function serveMetrics(
  address: MetricsAddress,
  metrics: () => Promise<Buffer>,
): Promise<Result<{ readonly port: number | undefined; close(): void }, Failure>> {
  const { createServer } = await import('node:http')
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]
    if (request.method !== 'GET' || path !== '/metrics') {
      response.writeHead(path === '/metrics' ? 405 : 404, { 'content-type': 'text/plain' }).end('GET /metrics\n')
      return
    }
    metrics().then(
      (text) => {
        const isOpen = request.headers.accept?.includes('application/openmetrics-text') === true
        const body = isOpen ? Buffer.concat([text, OPEN_METRICS_END]) : text
        const type = isOpen ? OPEN_METRICS_TYPE : TYPE
        response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body)
      },
      (error: unknown) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`${explain(error)}\n`),
    )
  })
  // Whoever sends half a request does not keep a connection for ever.
  server.headersTimeout = 5_000
  server.requestTimeout = 5_000
  server.keepAliveTimeout = 5_000
  server.maxConnections = 64
  const listening = (): Promise<unknown> =>
    new Promise((resolve) => {
      server.once('error', resolve)
      server.once('listening', () => {
        server.off('error', resolve)
        resolve(undefined)
      })
      server.listen(address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port })
    })
  let error = await listening()
  if (
    error !== undefined &&
    address.kind === 'unix' &&
    errorCode(error) === 'EADDRINUSE' &&
    (await isDeserted(address.path))
  ) {
    rmSync(address.path, { force: true })
    error = await listening()
  }
  if (error !== undefined) {
    const where = address.kind === 'unix' ? address.path : `${address.host}:${address.port}`
    return err(
      failure('failed', 'opening the metrics endpoint', `${where}: ${explain(error)}`, {
        remedy: 'choose another address for --metrics, or end who has it',
      }),
    )
  }
  const bound = server.address()
  return ok({
    port: typeof bound === 'object' ? bound?.port : undefined,
    close() {
      server.close()
      server.closeAllConnections()
    },
  })
}

/** A socket to which nobody listens any more. */
async function isDeserted(path: string): Promise<boolean> {
  const { connect } = await import('node:net')
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error) => resolve(errorCode(error) === 'ECONNREFUSED'))
  })
}
