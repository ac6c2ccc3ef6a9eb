import * as v from 'valibot'
import { LIMIT_NAMES, type HookName } from '../definition.ts'
import { probe } from './probe.ts'
import {
  command,
  description,
  duration,
  exitStatuses,
  flag,
  fraction,
  integer,
  key,
  limit,
  mode,
  names,
  path,
  signal,
  signalOrNone,
  size,
  stopSchedule,
  text,
  timeSpan,
  word,
} from './values.ts'

const COUNT = 1_000_000

export const log = v.object({
  stdout: key(path, 'The file for what the daemon writes to its standard output; "null" for none. Default: NAME.log in the log directory.'),
  stderr: key(path, 'The same for its standard error; "stdout" for the same file.'),
  target: key(
    word(['file', 'syslog', 'journald', 'stdout']),
    'Who keeps the output: file, syslog, journald, or stdout, that of whoever starts the daemon. Other than file implies capture.',
  ),
  mode: key(mode, 'Permission bits of a new log file, "0600" to "0666".'),
  'max-size': key(size, 'A log of this size is rotated.'),
  'max-age': key(timeSpan, 'A log of this age is rotated.'),
  'max-total': key(size, 'Archives are removed, the oldest first, beyond this size of all together.'),
  keep: key(integer(0, COUNT), 'How many archives are kept.'),
  compress: key(word(['none', 'gzip', 'zstd']), 'How archives are compressed: none, gzip or zstd.'),
  'reopen-signal': key(
    signalOrNone,
    'The signal by which the daemon opens its logs again: for file systems where the head of a log cannot be cut out.',
  ),
  capture: key(flag, 'A process of its own reads the output through a pipe, instead of the daemon writing to the file itself.'),
  overflow: key(
    word(['block', 'drop']),
    'What happens when what a captured daemon writes cannot be written down: block (it waits) or drop.',
  ),
  buffer: key(size, 'With overflow = "drop": so much may wait to be written before anything is dropped.'),
  format: key(
    word(['plain', 'timestamps', 'json']),
    'How lines are written: plain, timestamps or json. Other than plain implies capture.',
  ),
  level: key(
    word(['debug', 'info', 'warn', 'error', 'fatal', 'off']),
    'Lines below this level are not kept. Other than debug implies capture.',
  ),
  prefix: key(description, 'What is put before each line. Implies capture.'),
  'rate-limit': key(
    integer(1, COUNT),
    'Of more lines than these within the interval the rest is left out, and counted. Implies capture.',
  ),
  'rate-interval': key(timeSpan, 'The time in which the lines are counted.'),
})

export const start = v.object({
  timeout: key(timeSpan, 'How long a start may take.'),
  ready: key(probe, 'How readiness is asked. Without it: alive after the settling time.'),
  settle: key(duration, 'How long a daemon without a readiness probe must have been quiet to count as started.'),
  'launcher-exit': key(exitStatuses, 'With type = "forking": exit statuses of the launcher that count as success.'),
})

export const stop = v.object({
  schedule: key(stopSchedule, 'Signals and waits in seconds in turn, "TERM/20/KILL/5"; "forever" repeats the rest.'),
  command: key(command, 'Run first; the schedule follows if it does not end the daemon.'),
  timeout: key(timeSpan, 'How long that command may take, and the daemon to end after it.'),
  'kill-mode': key(
    word(['all', 'main']),
    'all: the main process first, then all that belongs to the daemon. main: only the main process.',
  ),
})

export const reload = v.object({
  signal: key(signalOrNone, 'The signal that makes the daemon read its configuration again; "none" for none.'),
  command: key(command, 'The command that makes it do so.'),
  timeout: key(timeSpan, 'How long a reload may take.'),
  wait: key(flag, 'Wait after the reload until the readiness probe succeeds again.'),
})

export const respawn = v.object({
  policy: key(word(['never', 'on-failure', 'always']), 'When the watcher starts the daemon again: after which exits.'),
  delay: key(duration, 'The wait before the first respawn.'),
  factor: key(fraction(1, 100), 'By what the delay is multiplied at each further respawn.'),
  'max-delay': key(duration, 'The longest delay.'),
  jitter: key(fraction(0, 1), 'The share of the delay that is left to chance.'),
  'reset-after': key(duration, 'After this long of health the delay is the first one again.'),
  burst: key(integer(1, COUNT), 'How many starts within the interval are let pass.'),
  interval: key(timeSpan, 'The time in which the burst is counted.'),
  'cool-down': key(duration, 'The wait after the burst limit was hit.'),
  'give-up': key(flag, 'Stop trying at the burst limit, instead of after a cool-down again.'),
  'success-exit': key(exitStatuses, 'Exit statuses that count as success besides 0.'),
  'prevent-exit': key(exitStatuses, 'Exit statuses after which there is no respawn at all.'),
  'on-exit': key(
    word(['respawn', 'stop-all']),
    'With instances: what the end of one does. respawn, or stop-all: end them all.',
  ),
})

export const health = v.object({
  probe: key(probe, 'How health is asked.'),
  interval: key(timeSpan, 'How often.'),
  timeout: key(timeSpan, 'How long one probe may take.'),
  failures: key(integer(1, COUNT), 'How many failures in a row make the daemon unhealthy.'),
  successes: key(integer(1, COUNT), 'How many successes in a row make it healthy again.'),
  'start-period': key(duration, 'How long after the start failures do not count.'),
  'max-rss': key(size, 'The daemon is restarted when its memory (all its processes) exceeds this.'),
  'max-age': key(timeSpan, 'The daemon is restarted when it has run for this long.'),
})

export const hooks = v.object({
  'pre-start': key(command, 'Run before a start, which its failure prevents.'),
  'post-start': key(command, 'Run when the daemon is ready.'),
  'pre-stop': key(command, 'Run before a stop.'),
  'post-stop': key(command, 'Run when nothing of the daemon is left.'),
  'pre-reload': key(command, 'Run before a reload, which its failure prevents.'),
  'on-failure': key(command, 'Run by the watcher when the daemon failed.'),
  'on-recovery': key(command, 'Run by the watcher when the daemon is well again.'),
  timeout: key(timeSpan, 'How long a hook may take.'),
} satisfies Record<HookName | 'timeout', unknown>)

/** See `man 2 getrlimit`. */
export const limits = v.object(
  v.entriesFromList(LIMIT_NAMES, key(limit, 'A resource limit, getrlimit(2): a number, "unlimited", or "SOFT:HARD".')),
)

export const action = v.object({
  signal: key(signal, 'The signal that the action sends to the main process.'),
  command: key(command, 'The command that the action runs.'),
  timeout: key(timeSpan, 'How long that command may take.'),
  description: key(description, 'What the action does, in a line.'),
})
export type WrittenAction = v.InferOutput<typeof action>

export const boot = v.object({
  after: key(names, 'What is started before this daemon, if it is started at all.'),
  requires: key(names, 'What must run for this daemon to run.'),
  'wanted-by': key(names, 'What wants this daemon to run: targets of systemd, run levels of OpenRC.'),
  runlevels: key(
    v.pipe(text, v.regex(/^[0-6S]+$/, 'run levels are digits from 0 to 6, such as "2345"')),
    'The run levels of sysvinit in which the daemon runs.',
  ),
  'start-priority': key(integer(0, 99), "Its place in the order of starts, as in an init script's chkconfig header."),
  'stop-priority': key(integer(0, 99), 'Its place in the order of stops.'),
})
