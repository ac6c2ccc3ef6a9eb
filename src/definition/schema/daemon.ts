import * as v from 'valibot'
import { shapeOf } from './shape.ts'
import { action, boot, health, hooks, limits, log, reload, respawn, start, stop } from './tables.ts'
import { metrics } from './probe.ts'
import {
  account,
  command,
  description,
  flag,
  integer,
  key,
  mode,
  name,
  path,
  paths,
  text,
  word,
} from './values.ts'

const variable = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, ({ input }) => `${JSON.stringify(input)} is not a name of a variable`),
)

/** The keys of one daemon, in the order in which people read them. Nothing here is required: `command` may come from flags. */
export const daemon = v.object({
  description: key(description, 'What the daemon is, in a line.'),
  command: key(command, 'The program and its arguments: an array, or one string, split as a shell splits words.'),
  shell: key(flag, 'Commands that are one string are handed to /bin/sh -c.'),
  type: key(
    word(['simple', 'forking', 'notify']),
    'simple: daemonctl detaches it. forking: it detaches itself. notify: as simple, and it says READY=1.',
  ),
  pidfile: key(path, 'The file that holds the main PID. Default: NAME.pid in the runtime directory.'),
  executable: key(path, 'The program file that the main process executes, where it is not that of the command.'),
  directory: key(path, 'The working directory.'),
  user: key(account, 'The user the daemon runs as, with all the groups of this user.'),
  group: key(account, "The group the daemon runs as, instead of the user's."),
  umask: key(mode, 'Permission bits that new files of the daemon do not get, as octal text.'),
  nice: key(integer(-20, 19), 'The priority, from -20 (first) to 19 (last).'),
  instances: key(integer(1, 1000), 'How many daemons of this definition there are: 8 gives NAME@1 to NAME@8.'),
  'environment-file': key(paths, 'Files with lines NAME=VALUE; a leading "-" lets a file be missing.'),
  'inherit-environment': key(flag, 'Let the daemon have the environment of whoever starts it.'),
  'config-test': key(command, "The daemon's own check of its configuration, run before start, restart and reload."),
  'lock-file': key(path, 'The subsystem lock of old init scripts, made after a start and removed after a stop.'),
  environment: key(v.record(variable, text), 'Variables of the environment.'),
  log: key(log, 'Where the output goes, and when logs are rotated.'),
  start: key(start, 'When a start has succeeded.'),
  stop: key(stop, 'How the daemon is ended.'),
  reload: key(v.union([v.literal(false), reload]), 'How it is made to read its configuration again; false: not at all.'),
  respawn: key(respawn, 'When and how fast the watcher starts it again.'),
  health: key(health, 'How the watcher sees that it is well.'),
  hooks: key(hooks, 'Commands run around the verbs.'),
  limits: key(limits, 'Resource limits, getrlimit(2).'),
  actions: key(v.record(name, action), 'Further verbs: a name, and the signal or command behind it.'),
  metrics: key(metrics, 'Where the daemon tells its own figures.'),
  boot: key(boot, "What generated files tell the host's init."),
})

/** A daemon as its file says it: texts parsed, defaults not filled in, nothing expanded. */
export type WrittenDaemon = v.InferOutput<typeof daemon>

/** /etc/daemonctl/NAME.toml */
export const singleFile = v.object({
  name: key(name, 'The name of the daemon, where it is not that of the file.'),
  ...daemon.entries,
})

/** daemonctl.toml */
export const projectFile = v.object({
  daemons: key(v.record(name, daemon), 'The daemons of a project, by their names.'),
})

export const DAEMON_SHAPE = shapeOf(daemon)
export const SINGLE_FILE_SHAPE = shapeOf(singleFile)
