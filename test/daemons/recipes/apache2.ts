import type { Place, Recipe } from '../recipe.ts'

const definition = (place: Place, type: string, ...mode: readonly string[]): string => `
description = "Apache httpd, event MPM"
type = "${type}"
command = ["/usr/sbin/apache2", "-f", "${place.path('apache2.conf')}", ${mode.map((word) => `"${word}"`).join(', ')}]
${type === 'forking' ? `pidfile = "${place.path('apache2.pid')}"` : ''}
config-test = ["/usr/sbin/apache2", "-f", "${place.path('apache2.conf')}", "-t"]

[start]
ready = { tcp = "127.0.0.1:${place.port}" }

[stop]
schedule = "TERM/10/KILL/5"

[reload]
signal = "USR1"
`

/** Beside any live PID in its pidfile it says "already running" with status 0, and does not start. */
export const apache2: Recipe = {
  name: 'apache2',
  packages: ['apache2-bin'],
  programs: ['/usr/sbin/apache2'],
  config: 'apache2.conf',
  prepare: ({ directory, makeDirectory, path, port, write }) => {
    makeDirectory('www')
    write(
      'apache2.conf',
      `LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
ServerName localhost
ServerRoot ${directory}
DefaultRuntimeDir ${directory}
Mutex file:${directory} default
PidFile ${path('apache2.pid')}
ErrorLog ${path('error.log')}
DocumentRoot ${path('www')}
Listen 127.0.0.1:${port}
User www-data
Group www-data
StartServers 1
MinSpareThreads 1
ThreadsPerChild 4
MaxRequestWorkers 8
`,
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, 'forking', '-k', 'start'),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('apache2.pid'), text: 'line', owner: 'root', atExit: 'removed' },
      orphansAfterKill9: true,
    },
    simple: {
      definition: (place) => definition(place, 'simple', '-DFOREGROUND'),
      reload: 'keeps-pid',
      orphansAfterKill9: true,
    },
  },
}
