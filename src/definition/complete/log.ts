import { DEFAULTS, defaultLog } from '../defaults.ts'
import type { LogSettings, LogTarget } from '../definition.ts'
import { absolutePath, expand } from '../expand.ts'
import type { WrittenDaemon } from '../schema/daemon.ts'
import { report, type Scope } from '../scope.ts'

type Written = Exclude<WrittenDaemon['log'], undefined>
type Key = keyof Written

export function completeLog(written: Written, scope: Scope): LogSettings {
  const stdout = outputTarget(written, scope)
  const stderr = errorTarget(written.stderr, stdout, scope)
  const because = impliesCapture(written)
  const capture = written.capture ?? because !== undefined
  refuseContradictions(written, { stdout, stderr, capture, because }, scope)
  const lines = written['rate-limit']
  return {
    stdout,
    stderr,
    mode: logMode(written.mode ?? DEFAULTS.log.mode, scope),
    maxSize: written['max-size'],
    maxAge: written['max-age'],
    maxTotal: written['max-total'],
    keep: written.keep ?? DEFAULTS.log.keep,
    compress: written.compress ?? DEFAULTS.log.compress,
    reopenSignal: written['reopen-signal'],
    capture,
    overflow: written.overflow ?? DEFAULTS.log.overflow,
    buffer: written.buffer ?? DEFAULTS.log.buffer,
    format: written.format ?? DEFAULTS.log.format,
    level: written.level ?? DEFAULTS.log.level,
    prefix: written.prefix === undefined ? DEFAULTS.log.prefix : expand(written.prefix, scope),
    rateLimit:
      lines === undefined ? undefined : { lines, interval: written['rate-interval'] ?? DEFAULTS.log.rateInterval },
  }
}

function outputTarget(written: Written, scope: Scope): LogTarget {
  const to = written.target ?? DEFAULTS.log.target
  if (to !== 'file') return { kind: 'passed-on', to }
  if (written.stdout === undefined) return { kind: 'file', path: defaultLog(scope.name, scope.context) }
  return fileTarget(written.stdout, scope)
}

function fileTarget(written: string, scope: Scope): LogTarget {
  return written === 'null' ? { kind: 'null' } : { kind: 'file', path: absolutePath(written, scope) }
}

function errorTarget(written: string | undefined, stdout: LogTarget, scope: Scope): LogTarget {
  if (written === undefined || written === 'stdout') return { kind: 'same-as-stdout' }
  const target = fileTarget(written, scope)
  // Two descriptors on one file would overwrite each other's lines after a rotation.
  const same = target.kind === 'file' && stdout.kind === 'file' && target.path === stdout.path
  return same ? { kind: 'same-as-stdout' } : target
}

function logMode(mode: number, scope: Scope): number {
  if ((mode & 0o600) !== 0o600 || (mode & ~0o666) !== 0) {
    report(scope, ['log', 'mode'], 'a log is read and written by its owner and executed by nobody', 'write "0640"')
  }
  return mode
}

/** The key that can be had only where somebody stands between the daemon and its log. */
function impliesCapture({ format, level, prefix, target, ...written }: Written): Key | undefined {
  if (target !== undefined && target !== 'file') return 'target'
  if (format !== undefined && format !== 'plain') return 'format'
  if (level !== undefined && level !== 'debug') return 'level'
  if (prefix !== undefined) return 'prefix'
  return written['rate-limit'] === undefined ? undefined : 'rate-limit'
}

interface Outcome {
  readonly stdout: LogTarget
  readonly stderr: LogTarget
  readonly capture: boolean
  readonly because: Key | undefined
}

/** Twice what is taken out of a pipe at once. */
const LEAST_BUFFER = 512 * 1024

/** Two keys of which one makes the other meaningless: whoever wrote both expects something that will not happen. */
function refuseContradictions(written: Written, { stdout, stderr, capture, because }: Outcome, scope: Scope): void {
  const refuse = (key: Key, why: string, remedy: string): void => report(scope, ['log', key], why, remedy)
  if (!capture && because !== undefined) {
    refuse(because, `log.${because} can be had only for output that is captured`, 'set capture = true')
  }
  if (capture && stdout.kind === 'null' && (stderr.kind === 'null' || stderr.kind === 'same-as-stdout')) {
    refuse(because ?? 'capture', 'there is nothing to capture: its output goes nowhere', 'name a file in log.stdout')
  }
  if (written.overflow === 'drop' && !capture) {
    refuse('overflow', 'a daemon that writes to its file itself drops nothing', 'set capture = true')
  }
  if (written.buffer !== undefined && written.overflow !== 'drop') {
    refuse('buffer', 'the buffer is for overflow = "drop"', 'set overflow = "drop", or leave it out')
  }
  if (written.buffer !== undefined && written.buffer < LEAST_BUFFER) {
    refuse('buffer', 'less than 512 KiB would be full at once', 'set buffer = "1 MiB"')
  }
  if (written['rate-interval'] !== undefined && written['rate-limit'] === undefined) {
    refuse('rate-interval', 'an interval without a rate-limit bounds nothing', 'set rate-limit')
  }
  if (written.prefix !== undefined && written.format === 'json') {
    refuse('prefix', 'lines of JSON have no prefix: they have the name of the daemon in them', 'leave one of them out')
  }
  if (capture && written['reopen-signal'] !== undefined) {
    refuse('reopen-signal', 'captured output is written by its reader, which needs no signal', 'leave it out')
  }
  if (stdout.kind === 'passed-on') refuseOfFiles(written, stdout.to, stderr, refuse)
}

const OF_FILES = ['max-size', 'max-age', 'max-total'] as const

function refuseOfFiles(
  written: Written,
  to: string,
  stderr: LogTarget,
  refuse: (key: Key, why: string, remedy: string) => void,
): void {
  if (written.stdout !== undefined) {
    refuse('stdout', `the output goes to ${to}, and not to a file as well`, 'leave out log.stdout or log.target')
  }
  if (stderr.kind === 'file') return
  for (const key of OF_FILES) {
    if (written[key] !== undefined) refuse(key, `there is no file to rotate: the output goes to ${to}`, 'leave it out')
  }
}
