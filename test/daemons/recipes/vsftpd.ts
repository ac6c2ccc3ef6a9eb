import type { Recipe } from '../recipe.ts'

/** Writes no pidfile at all: only in the foreground can one know which process it is. */
export const vsftpd: Recipe = {
  name: 'vsftpd',
  packages: ['vsftpd'],
  programs: ['/usr/sbin/vsftpd'],
  prepare: ({ makeDirectory, path, port, write }) => {
    makeDirectory('empty')
    write(
      'vsftpd.conf',
      `listen=YES
background=NO
listen_address=127.0.0.1
listen_port=${port}
anonymous_enable=NO
secure_chroot_dir=${path('empty')}
`,
    )
  },
  forms: {
    simple: {
      definition: ({ path, port }) => `
description = "vsftpd"
type = "simple"
command = ["/usr/sbin/vsftpd", "${path('vsftpd.conf')}"]

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "HUP"
`,
      reload: 'keeps-pid',
    },
  },
}
