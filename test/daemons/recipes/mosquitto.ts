import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, type: string): string => `
description = "Mosquitto, an MQTT broker"
type = "${type}"
command = ["/usr/sbin/mosquitto", ${type === 'forking' ? '"-d", ' : ''}"-c", "${path(`${type}.conf`)}"]
${type === 'forking' ? `pidfile = "${path('run/mosquitto.pid')}"\nexecutable = "/usr/sbin/mosquitto"` : ''}

[start]
ready = ${type === 'notify' ? '{ notify = true }' : `{ tcp = "127.0.0.1:${port}" }`}

[reload]
signal = "HUP"
`

/** A second start beside a running one removes the pidfile. */
export const mosquitto: Recipe = {
  name: 'mosquitto',
  packages: ['mosquitto'],
  programs: ['/usr/sbin/mosquitto'],
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('run', { owner: 'mosquitto' })
    const common = `listener ${port} 127.0.0.1\nallow_anonymous true\nuser mosquitto\npersistence false\n`
    write('forking.conf', `${common}log_dest file ${path('run/log')}\npid_file ${path('run/mosquitto.pid')}\n`)
    write('simple.conf', `${common}log_dest stderr\n`)
    write('notify.conf', `${common}log_dest stderr\n`)
  },
  forms: {
    forking: {
      definition: (place) => definition(place, 'forking'),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('run/mosquitto.pid'), text: 'bare', owner: 'mosquitto', atExit: 'removed' },
    },
    simple: { definition: (place) => definition(place, 'simple'), reload: 'keeps-pid' },
    notify: { definition: (place) => definition(place, 'notify'), reload: 'keeps-pid' },
  },
}
