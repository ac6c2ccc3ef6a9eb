import * as v from 'valibot'
import { command, duration, flag, integer, key, path, text, timeSpan, word } from './values.ts'

/** Read after expansion, as `http` is: `%i` may be part of a port. */
export const tcp = v.pipe(v.union([v.string(), integer(1, 65_535)]), v.title('address'))

/** A probe has exactly one of its kinds, which `completeProbe` sees to. */
export const probe = v.object({
  tcp: key(tcp, 'A TCP address that accepts a connection: "127.0.0.1:8080", "[::1]:80", or a port of this host.'),
  unix: key(path, 'A Unix socket that accepts a connection.'),
  http: key(text, 'A URL that answers with a 2xx or 3xx status.'),
  file: key(path, 'A file that exists (readiness), and is not older than max-age (health).'),
  'max-age': key(timeSpan, 'With file: how old the file may be.'),
  log: key(text, "A JavaScript regular expression that a line of the daemon's log matches."),
  command: key(command, 'A command that ends with status 0.'),
  notify: key(flag, 'The daemon says READY=1 (readiness), or WATCHDOG=1 within each interval (health), by sd_notify(3).'),
  fd: key(integer(3, 7), 'A line written to this inherited descriptor, as s6 has it.'),
  delay: key(duration, 'No probe but a wait.'),
})
export type WrittenProbe = v.InferOutput<typeof probe>

export const metrics = v.object({
  tcp: key(tcp, 'A TCP address that the figures are read from.'),
  unix: key(path, 'A Unix socket that the figures are read from.'),
  http: key(text, 'A URL that the figures are read from.'),
  command: key(command, 'A command that writes the figures.'),
  file: key(path, 'A file that holds the figures.'),
  format: key(
    word(['auto', 'lines', 'json', 'prometheus']),
    'How the figures are written: auto, lines ("name value"), json or prometheus.',
  ),
  interval: key(timeSpan, 'How often the watcher reads them.'),
  timeout: key(timeSpan, 'How long one reading may take.'),
})
export type WrittenMetrics = v.InferOutput<typeof metrics>
