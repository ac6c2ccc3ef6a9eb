import { Flags } from '@oclif/core'

/** Which daemons: by name, or all of them, from one file or from everywhere. */
export const choiceFlags = {
  all: Flags.boolean({
    char: 'a',
    description: 'all daemons that are defined',
    exclusive: ['pidfile'],
    helpGroup: 'WHICH DAEMONS',
  }),
  file: Flags.string({
    char: 'f',
    description: 'the file of definitions',
    helpValue: 'PATH',
    exclusive: ['pidfile'],
    helpGroup: 'WHICH DAEMONS',
  }),
  pidfile: Flags.string({
    char: 'p',
    description: 'the pidfile of a daemon that has no definition',
    helpValue: 'PATH',
    helpGroup: 'WHICH DAEMONS',
  }),
}

/** Without a definition: what the process behind the pidfile must be. */
export const matchFlags = {
  exec: Flags.string({
    char: 'x',
    description:
      'with --pidfile: the program that the main process must be executing; a start starts it with the words as arguments',
    helpValue: 'PATH',
    dependsOn: ['pidfile'],
    helpGroup: 'WHICH DAEMONS',
  }),
  user: Flags.string({
    char: 'u',
    description: 'with --pidfile: the user that the daemon runs as',
    helpValue: 'USER',
    dependsOn: ['pidfile'],
    helpGroup: 'WHICH DAEMONS',
  }),
}

export const lockFlag = {
  'lock-timeout': Flags.string({
    description: 'how long to wait while another daemonctl is at work on the same daemon',
    helpValue: 'TIME',
    default: '1m',
  }),
}

export const actingFlags = {
  'dry-run': Flags.boolean({ char: 'n', description: 'print what would be done, and do nothing' }),
  ...lockFlag,
}

export const scheduleFlag = {
  schedule: Flags.string({
    char: 'R',
    description: 'with --pidfile: the stop schedule, as start-stop-daemon --retry has it',
    helpValue: 'TERM/20/KILL/5',
    dependsOn: ['pidfile'],
  }),
}

export const rollbackFlag = {
  rollback: Flags.boolean({ description: 'if the start fails, start the last definition that did start' }),
}

export const rollingFlag = {
  rolling: Flags.boolean({
    description: 'one daemon after the other, each when the one before is ready; none after one that failed',
    exclusive: ['pidfile'],
  }),
}

/** How to start a program that has no definition. The names are those of the definition's keys. */
export const programFlags = {
  startas: Flags.string({
    description: 'with --exec: the program to start, where the main process will be executing another one',
    helpValue: 'PATH',
    dependsOn: ['exec'],
    helpGroup: 'PROGRAM',
  }),
  type: Flags.string({
    description: 'with --pidfile: how the program becomes a daemon',
    options: ['simple', 'forking', 'notify'],
    dependsOn: ['pidfile'],
    helpGroup: 'PROGRAM',
  }),
  group: Flags.string({
    char: 'g',
    description: 'with --pidfile: its group',
    helpValue: 'GROUP',
    dependsOn: ['pidfile'],
    helpGroup: 'PROGRAM',
  }),
  directory: Flags.string({
    char: 'd',
    description: 'with --pidfile: its working directory',
    helpValue: 'PATH',
    dependsOn: ['pidfile'],
    helpGroup: 'PROGRAM',
  }),
  umask: Flags.string({
    char: 'k',
    description: 'with --pidfile: its umask',
    helpValue: 'OCTAL',
    dependsOn: ['pidfile'],
    helpGroup: 'PROGRAM',
  }),
  nice: Flags.integer({
    char: 'N',
    description: 'with --pidfile: its nice value',
    helpValue: '-20..19',
    dependsOn: ['pidfile'],
    helpGroup: 'PROGRAM',
  }),
  log: Flags.string({
    char: 'O',
    description: 'with --pidfile: the file for its output',
    helpValue: 'PATH',
    dependsOn: ['pidfile'],
    helpGroup: 'PROGRAM',
  }),
  env: Flags.string({
    char: 'e',
    description: 'with --pidfile: a variable of its environment',
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    dependsOn: ['pidfile'],
    helpGroup: 'PROGRAM',
  }),
  'inherit-environment': Flags.boolean({
    description: 'with --pidfile: give it our environment',
    dependsOn: ['pidfile'],
    helpGroup: 'PROGRAM',
  }),
  timeout: Flags.string({
    char: 't',
    description: 'with --pidfile: how long it may take to start',
    helpValue: 'TIME',
    dependsOn: ['pidfile'],
    helpGroup: 'PROGRAM',
  }),
}

export const reloadFlag = {
  signal: Flags.string({
    char: 's',
    description: 'with --pidfile: the signal that makes it reload',
    helpValue: 'HUP',
    dependsOn: ['pidfile'],
  }),
}
