import { mkdirSync } from 'node:fs'
import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, forking: boolean): string => `
description = "OpenSSH server: its sessions outlive it"
type = "${forking ? 'forking' : 'simple'}"
command = ["/usr/sbin/sshd", ${forking ? '' : '"-D", '}"-f", "${path('sshd_config')}", "-E", "${path('log')}"]
${forking ? `pidfile = "${path('sshd.pid')}"` : ''}
config-test = ["/usr/sbin/sshd", "-t", "-f", "${path('sshd_config')}"]

[start]
ready = { tcp = "127.0.0.1:${port}" }

[stop]
kill-mode = "main"

[reload]
signal = "HUP"
wait = true
`

export const sshd: Recipe = {
  name: 'sshd',
  packages: ['openssh-server'],
  programs: ['/usr/sbin/sshd', '/usr/bin/ssh-keygen'],
  config: 'sshd_config',
  prepare: ({ path, port, run, write }) => {
    // The privilege separation directory is compiled in; the package leaves it to the init system.
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    run('/usr/bin/ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path('key'))
    write(
      'sshd_config',
      `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${path('key')}\nPidFile ${path('sshd.pid')}\nUsePAM no\n`,
    )
  },
  forms: {
    forking: {
      definition: (place) => definition(place, true),
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('sshd.pid'), text: 'line', owner: 'root', atExit: 'removed' },
      sessionsOutliveStop: true,
    },
    simple: { definition: (place) => definition(place, false), reload: 'keeps-pid', sessionsOutliveStop: true },
  },
}
