import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { serveMetrics, type MetricsAddress } from '../host/metrics-server.ts'
import type { Watcher } from '../watch/watcher.ts'
import { WatchedSamples } from '../watch/watched-samples.ts'
import { ownFigures } from './own-figures.ts'
import { Exposition } from './render/prometheus.ts'
import type { Surroundings } from './surroundings.ts'

/** However often it is scraped, everything is looked at once in so long. */
const FRESH = 1_000

/** `unix:PATH` or `tcp:HOST:PORT`, HOST in brackets where it has colons. */
export function parseMetricsAddress(text: string): Result<MetricsAddress, Failure> {
  const unix = /^unix:(\/.*)$/.exec(text)?.[1]
  if (unix !== undefined) return ok({ kind: 'unix', path: unix })
  const [, bracketed, plain, port] = /^tcp:(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host !== undefined && Number(port) <= 65_535) return ok({ kind: 'tcp', host, port: Number(port) })
  return err(
    failure('usage', 'planning', `--metrics: ${JSON.stringify(text)} is no address`, {
      remedy: 'unix:/run/daemonctl/metrics.sock or tcp:127.0.0.1:9117',
    }),
  )
}

/** Serves the metrics of everything that is watched. `sampled`: they were looked at anew. */
export function serveWatched(
  { host }: Surroundings,
  watcher: Watcher,
  address: MetricsAddress,
  sampled: () => void,
): ReturnType<typeof serveMetrics> {
  const { clock } = host
  const samples = new WatchedSamples({
    host,
    daemons: () => watcher.daemons(),
    ask: (subject) => ownFigures(host, subject),
  })
  const exposition = new Exposition()
  const round = async (): Promise<Buffer> => {
    const text = await exposition.text(await samples.take(), () => clock.sleep(0))
    sampled()
    return text
  }
  let last: { readonly at: number; readonly text: Promise<Buffer> } | undefined
  let busy = false
  return serveMetrics(address, () => {
    const now = clock.monotonic()
    if (last === undefined || (!busy && now - last.at > FRESH)) {
      busy = true
      last = { at: now, text: round().finally(() => (busy = false)) }
    }
    return last.text
  })
}
