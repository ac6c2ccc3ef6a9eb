import type { Failure } from '../../base/failure.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Definition, LogTarget } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'
import type { GenerateOptions } from '../options.ts'
import { wholeLine } from '../quote/systemd.ts'
import { cannotCarry } from '../refuse.ts'

export interface LogsView {
  /** Undefined: the journal. */
  readonly stdout: string | undefined
  /** Undefined: as stdout. */
  readonly stderr: string | undefined
  /** Files that are written, whose directories must be there. */
  readonly files: readonly string[]
}

/**
 * Where the output goes. A log that the definition does not name goes to the journal; one that it names is appended
 * to, from systemd 240 on.
 */
export function logsView(definition: Definition, options: GenerateOptions, losses: Losses): Result<LogsView, Failure> {
  const { log } = definition
  const files: string[] = []
  const target = (key: string, written: LogTarget): Result<string | undefined, Failure> => {
    if (written.kind === 'null') return ok('null')
    if (written.kind === 'same-as-stdout') return ok(undefined)
    if (written.kind === 'passed-on') return ok(undefined)
    if (options.logTo === 'journal' || (options.logTo === 'auto' && isOurs(written.path, options))) {
      if (options.logTo === 'journal' && !isOurs(written.path, options)) {
        losses.note(key, 'the journal was asked for', `see journalctl instead of ${written.path}`)
      }
      return ok(undefined)
    }
    if (options.systemdVersion < 240) {
      losses.note(key, 'files are appended to from systemd 240 on', 'its output goes to the journal')
      return ok(undefined)
    }
    const line = wholeLine(written.path)
    if (line === undefined) return err(cannotCarry('systemd', key, written.path, 'the path cannot stand in a unit'))
    files.push(written.path)
    return ok(`append:${line}`)
  }
  const stdout = target('log.stdout', log.stdout)
  if (!stdout.ok) return stdout
  const stderr = target('log.stderr', log.stderr)
  if (!stderr.ok) return stderr
  const apart = log.stderr.kind !== 'same-as-stdout' && stderr.value === undefined && stdout.value !== undefined
  noteLosses(definition, files, losses)
  return ok({ stdout: stdout.value, stderr: apart ? 'journal' : stderr.value, files })
}

const isOurs = (path: string, options: GenerateOptions): boolean => path.startsWith(`${options.logDirectory}/`)

function noteLosses({ log }: Definition, files: readonly string[], losses: Losses): void {
  if (files.length > 0) {
    losses.note('log.mode', 'systemd makes log files by the umask', 'gen-tmpfiles makes them beforehand', log.mode)
    for (const [key, value] of [
      ['log.max-size', log.maxSize],
      ['log.max-age', log.maxAge],
      ['log.max-total', log.maxTotal],
      ['log.reopen-signal', log.reopenSignal],
    ] as const) {
      if (value !== undefined) losses.note(key, 'systemd does not rotate files', 'gen-logrotate does')
    }
  }
  if (log.stdout.kind === 'passed-on') {
    if (log.stdout.to !== 'journald') {
      const instead = log.stdout.to === 'syslog' ? 'ForwardToSyslog= in journald.conf hands it on' : 'see journalctl'
      losses.note('log.target', 'the output goes to the journal', instead)
    }
  } else if (log.capture) {
    losses.note('log.capture', 'systemd hands the file itself to the daemon', 'nothing is captured')
  }
  if (log.format !== 'plain') {
    losses.note('log.format', 'systemd writes lines as they come', 'the journal keeps the time of each line')
  }
  if (log.level !== 'debug') losses.note('log.level', 'systemd keeps every line', 'see journalctl --priority')
  if (log.prefix !== '')
    losses.note('log.prefix', 'systemd writes lines as they come', 'the journal has the unit of each')
  if (log.rateLimit !== undefined) {
    losses.note('log.rate-limit', 'it is bounded for the whole journal', 'see LogRateLimitBurst= and journald.conf')
  }
}
