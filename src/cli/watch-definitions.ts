import { printable } from '../base/text.ts'
import type { Failure } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import { ok } from '../base/result.ts'
import packageJson from '../../package.json'
import { executeAnew } from '../host/execute-anew.ts'
import { Thrift } from '../host/memory-trim.ts'
import type { MetricsAddress, serveMetrics } from '../host/metrics-server.ts'
import { announceReady } from '../host/ready-descriptor.ts'
import { serveControl, TOO_MANY_CLIENTS } from '../watch/control-server.ts'
import type { ControlEvent } from '../watch/control.ts'
import type { Watcher } from '../watch/watcher.ts'
import { renderFailure } from './render/failure.ts'
import type { Surroundings } from './surroundings.ts'
import type { Terminal } from './terminal.ts'
import { prepareWatching, type WatchChoice } from './watching.ts'

export interface WatchFlags {
  readonly json: boolean
  readonly once: boolean
  /** What becomes of the daemons when the watcher is told to end. */
  readonly onExit: 'leave' | 'stop'
  readonly readyFd: number | undefined
  /** The group that may use the control socket besides its owner. */
  readonly controlGid: number | undefined
  /** Where metrics are served, if anywhere. */
  readonly metrics: MetricsAddress | undefined
}

/** Watches until TERM or INT; HUP has the definitions read again. Gives the exit status. */
export async function watchDefinitions(
  surroundings: Surroundings,
  terminal: Terminal,
  choice: WatchChoice,
  flags: WatchFlags,
): Promise<Result<number, Failure>> {
  const prepared = await prepareWatching(surroundings, { ...choice, once: flags.once }, (text) =>
    terminal.error(`daemonctl: ${text}`),
  )
  if (!prepared.ok) return prepared
  const { watcher, subjects, lock } = prepared.value
  const thrift = new Thrift()
  watcher.subscribe((event) => {
    show(event, terminal, flags.json)
    thrift.happened()
  })
  try {
    watcher.begin(subjects)
    if (flags.once) {
      await watcher.looked()
      const down = watcher.list().filter(({ phase, want, paused }) => want === 'up' && !paused && phase !== 'up')
      return ok(down.length === 0 ? 0 : 1)
    }
    watcher.rotateLogs()
    const metrics = await metricsOf(surroundings, watcher, flags.metrics, () => thrift.happened())
    if (metrics !== undefined && !metrics.ok) {
      terminal.error(renderFailure(undefined, metrics.error, terminal.theme))
    }
    const release = onSignals(watcher, flags.onExit, terminal)
    const control = await surroundings.control.listen({
      lock,
      gid: flags.controlGid,
      serve: serveControl(watcher, { release: packageJson.version, pid: process.pid }, (text) =>
        terminal.error(`daemonctl: ${text}`),
      ),
      tooManyClients: TOO_MANY_CLIENTS,
    })
    // Without it the daemons are kept up all the same, and every verb works by itself.
    if (!control.ok) terminal.error(renderFailure(undefined, control.error, terminal.theme))
    if (flags.readyFd !== undefined) {
      await watcher.rested()
      const unable = announceReady(flags.readyFd)
      if (unable !== undefined) terminal.error(`daemonctl: --ready-fd: ${unable}`)
    }
    // Nothing but events is waited for, and none of them may keep Node from ending by itself.
    const alive = setInterval(() => {}, 2 ** 30)
    await watcher.ended()
    clearInterval(alive)
    thrift.close()
    if (control.ok) await control.value.close()
    if (metrics?.ok === true) metrics.value.close()
    release()
    return ok(0)
  } finally {
    lock.release()
  }
}

/** What serves them takes a while to load. */
async function metricsOf(
  surroundings: Surroundings,
  watcher: Watcher,
  address: MetricsAddress | undefined,
  sampled: () => void,
): Promise<Awaited<ReturnType<typeof serveMetrics>> | undefined> {
  if (address === undefined) return undefined
  const { serveWatched } = await import('./metrics-endpoint.ts')
  return serveWatched(surroundings, watcher, address, sampled)
}

/** TERM and INT end it, HUP has the definitions read again, USR2 replaces the program. */
function onSignals(watcher: Watcher, onExit: 'leave' | 'stop', terminal: Terminal): () => void {
  const end = (): void => watcher.shutdown(onExit)
  const reload = (): void => void watcher.reloadDefinitions()
  const upgrade = (): void => {
    const unable = executeAnew(wordsOfSuccessor(process.argv.slice(2)))
    terminal.error(`daemonctl: the watcher cannot be replaced: ${unable}`)
  }
  process.on('SIGTERM', end).on('SIGINT', end).on('SIGHUP', reload).on('SIGUSR2', upgrade)
  return () => void process.off('SIGTERM', end).off('SIGINT', end).off('SIGHUP', reload).off('SIGUSR2', upgrade)
}

/** The descriptor on which we were to announce ourselves is long closed, and its number may be another's. */
function wordsOfSuccessor(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--ready-fd')
  return at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 2)]
}

function show(event: ControlEvent, terminal: Terminal, json: boolean): void {
  if (json) {
    const { at, name, kind, level, message } = event
    // One line each, for programs that read them as they come.
    return terminal.answer(JSON.stringify({ version: 1, at: new Date(at).toISOString(), name, kind, level, message }))
  }
  const time = new Date(event.at).toISOString()
  const who = event.name === undefined ? 'watcher' : printable(event.name)
  const { theme } = terminal
  const text = `${theme.quiet(time)} ${theme.name(who)}: ${printable(event.message)}`
  switch (event.level) {
    case 'info':
      return terminal.line(text)
    case 'warn':
      return terminal.error(`${theme.quiet(time)} ${theme.name(who)}: ${theme.odd(printable(event.message))}`)
    case 'error':
      return terminal.error(`${theme.quiet(time)} ${theme.name(who)}: ${theme.bad(printable(event.message))}`)
  }
}
