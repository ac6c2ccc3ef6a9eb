import type { Place, Recipe } from '../recipe.ts'

const FPM = '/usr/sbin/php-fpm8.2'

const definition = ({ path }: Place, type: string): string => `
description = "PHP-FPM"
type = "${type}"
command = ["${FPM}", "${type === 'forking' ? '-D' : '-F'}", "-n", "-y", "${path('fpm.conf')}"]
${type === 'forking' ? `pidfile = "${path('fpm.pid')}"` : ''}
config-test = ["${FPM}", "-n", "-t", "-y", "${path('fpm.conf')}"]

[start]
ready = ${type === 'notify' ? '{ notify = true }' : `{ unix = "${path('s.sock')}" }`}

[stop]
schedule = "QUIT/5/TERM/5/KILL/5"

[reload]
signal = "USR2"
wait = ${type !== 'notify'}
`

/** Daemonized, USR2 makes it a new process with a new PID; in the foreground the PID stays. */
export const phpFpm: Recipe = {
  name: 'php-fpm',
  packages: ['php-fpm'],
  programs: [FPM],
  config: 'fpm.conf',
  prepare: ({ path, port, write }) => {
    write(
      'fpm.conf',
      `[global]
pid = ${path('fpm.pid')}
error_log = ${path('error.log')}
[socket]
user = www-data
listen = ${path('s.sock')}
pm = static
pm.max_children = 1
[tcp]
user = www-data
listen = 127.0.0.1:${port}
pm = static
pm.max_children = 1
`,
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, 'forking'),
      reload: 'changes-pid',
      pidfile: { path: ({ path }) => path('fpm.pid'), text: 'bare', owner: 'root', atExit: 'removed' },
      orphansAfterKill9: true,
    },
    simple: { definition: (place) => definition(place, 'simple'), reload: 'keeps-pid', orphansAfterKill9: true },
    notify: { definition: (place) => definition(place, 'notify'), reload: 'keeps-pid', orphansAfterKill9: true },
  },
}
