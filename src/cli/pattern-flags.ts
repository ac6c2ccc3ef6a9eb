import { Flags } from '@oclif/core'

const dependsOn = ['pattern']
const which = { dependsOn, helpGroup: 'PATTERN' }
const how = { dependsOn, helpGroup: 'RECOVERY' }

/**
 * pgrep(1)'s long names with pgrep's meaning. Its letters are kept where no command of ours uses them for something
 * else: -f is --file here, -x --exec, -u --user, -g --group, -n --dry-run, -s --signal and -t --timeout.
 */
export const patternFlags = {
  pattern: Flags.string({
    description: 'watch whatever has a name like this extended regular expression, without a definition',
    helpValue: 'REGEX',
    dependsOn: ['recover'],
    exclusive: ['file', 'detach', 'stop', 'upgrade', 'simulate', 'control-group', 'ready-fd'],
    helpGroup: 'PATTERN',
  }),
  full: Flags.boolean({ description: 'compare the whole command line (pgrep -f)', ...which }),
  exact: Flags.boolean({ description: 'all of it must match (pgrep -x)', ...which }),
  'ignore-case': Flags.boolean({ char: 'i', description: 'capitals are like small letters', ...which }),
  oldest: Flags.boolean({
    char: 'o',
    description: 'of all that match only the one that started first',
    exclusive: ['newest'],
    ...which,
  }),
  newest: Flags.boolean({ description: 'of all that match only the one that started last (pgrep -n)', ...which }),
  euid: Flags.string({ description: 'only these effective users (pgrep -u)', helpValue: 'USER,...', ...which }),
  uid: Flags.string({ char: 'U', description: 'only these real users', helpValue: 'USER,...', ...which }),
  gid: Flags.string({
    char: 'G',
    description: 'only these real groups (pgrep --group)',
    helpValue: 'GROUP,...',
    ...which,
  }),
  pgroup: Flags.string({
    description: 'only these process groups; 0: our own (pgrep -g)',
    helpValue: 'PGID,...',
    ...which,
  }),
  session: Flags.string({ description: 'only these sessions; 0: our own (pgrep -s)', helpValue: 'SID,...', ...which }),
  parent: Flags.string({ char: 'P', description: 'only children of these processes', helpValue: 'PID,...', ...which }),
  terminal: Flags.string({
    description: 'only on these terminals, such as pts/0; "?" for none (pgrep -t)',
    helpValue: 'TTY,...',
    ...which,
  }),
  exec: Flags.string({
    char: 'x',
    description: 'with --pattern: only what executes this program; for a script, its interpreter',
    helpValue: 'PATH',
    ...which,
  }),
  'watch-pidfile': Flags.string({
    char: 'F',
    description: 'only the process that this pidfile names (pgrep -F, --pidfile)',
    helpValue: 'PATH',
    ...which,
  }),
  recover: Flags.string({
    description: 'the command that is run when nothing matches, split as a shell splits words',
    helpValue: 'COMMAND',
    ...how,
  }),
  shell: Flags.boolean({ description: 'a shell runs the commands of --recover and --stopped-if', ...how }),
  'recover-timeout': Flags.string({
    description: 'how long the recovery may take before it is ended [default: 1m]',
    helpValue: 'TIME',
    ...how,
  }),
  'stopped-if': Flags.string({
    description: 'a command that ends with 0 if it was stopped on purpose: then there is no recovery',
    helpValue: 'COMMAND',
    ...how,
  }),
  interval: Flags.string({
    description: 'how often to look while nothing matches [default: 5s]',
    helpValue: 'TIME',
    ...how,
  }),
  grace: Flags.string({
    description: 'how long nothing must match before the recovery [default: 1s]',
    helpValue: 'TIME',
    ...how,
  }),
  settle: Flags.string({
    description: 'how long after the recovery something may begin to match [default: 2s]',
    helpValue: 'TIME',
    ...how,
  }),
  delay: Flags.string({
    description: 'the wait before the next recovery, if the last one was in vain [default: 5s]',
    helpValue: 'TIME',
    ...how,
  }),
  factor: Flags.string({ description: 'by which the wait grows each time [default: 2]', helpValue: 'NUMBER', ...how }),
  'max-delay': Flags.string({ description: 'the longest wait [default: 5m]', helpValue: 'TIME', ...how }),
  'reset-after': Flags.string({
    description: 'what matches for so long is well: after its end there is no wait [default: 1m]',
    helpValue: 'TIME',
    ...how,
  }),
  log: Flags.string({
    char: 'O',
    description: 'with --pattern: a file for what is done, and for the output of the recovery',
    helpValue: 'PATH',
    ...how,
  }),
  'dry-run': Flags.boolean({
    char: 'n',
    description: 'with --pattern: look, print what would be done, and do nothing',
    ...how,
  }),
}
