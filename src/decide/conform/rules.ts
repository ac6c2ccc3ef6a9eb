/**
 * What the Linux Standard Base Core 5.0 says in "Init Script Actions", the only rules that a conformance test goes
 * by. Where it is silent and common sense is not, the rule says whose it is.
 */
export const RULES = {
  'status-table':
    'status: 0 the program is running; 1 it is dead and its pidfile exists; 2 it is dead and its lock file exists; 3 it is not running; 4 unknown',
  'status-says': 'status: print the current status of the service',
  success: 'the init script shall return an exit status of zero if the action was successful',
  'start-again': 'running start on a service already running is successful, and behaves sensibly',
  'stop-again': 'running stop on a service already stopped or not running is successful',
  'restart-stopped': 'running restart on a service already stopped or not running is successful: it is started',
  'restart-running': 'restart: stop and restart the service if the service is already running',
  'try-restart': 'try-restart: restart the service if the service is already running; otherwise it is successful',
  reload: 'reload: reload the configuration without actually stopping and restarting the service',
  'reload-stopped': '7: program is not running',
  'force-reload':
    'force-reload: reload the configuration if the service supports this, otherwise restart it if it is running',
  usage: '2: invalid or excess argument(s)',
  privilege: '4: user had insufficient privilege',
  strangers: 'init scripts do not kill similarly-named user processes',
  environment:
    'init scripts shall not depend on the values of environment variables: they are run with whatever PATH, USER, LOGNAME there are',
  output:
    'not in the LSB: a pipe to which a script writes must end with the script, or "script start | cat" never ends',
  bounded: 'not in the LSB: an action that never ends keeps the whole boot from ending',
  'stop-complete':
    'not in the LSB: what is left of a stopped daemon holds its ports and its files when it is started again',
} as const satisfies Readonly<Record<string, string>>

export type RuleId = keyof typeof RULES
