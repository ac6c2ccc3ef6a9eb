import type { Place, Recipe } from '../recipe.ts'

const definition = ({ path, port }: Place, type: string): string => `
description = "MariaDB"
type = "${type}"
user = "mysql"
command = [
  "/usr/sbin/mariadbd", "--no-defaults", "--datadir=${path('data')}", "--bind-address=127.0.0.1", "--port=${port}",
  "--socket=${path('data/s.sock')}", "--pid-file=${path('data/own.pid')}", "--innodb-buffer-pool-size=8M",
  "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0",
]

[start]
ready = ${type === 'notify' ? '{ notify = true }' : `{ unix = "${path('data/s.sock')}" }`}

[stop]
schedule = "TERM/20/KILL/5"

[reload]
signal = "HUP"
`

/** Does not daemonize. */
export const mariadb: Recipe = {
  name: 'mariadb',
  packages: ['mariadb-server'],
  programs: ['/usr/sbin/mariadbd', '/usr/bin/mariadb-install-db'],
  prepare: ({ makeDirectory, path, run }) => {
    makeDirectory('data', { owner: 'mysql', mode: 0o700 })
    run(
      '/usr/bin/mariadb-install-db',
      '--no-defaults',
      '--user=mysql',
      `--datadir=${path('data')}`,
      '--skip-test-db',
      '--innodb-log-file-size=4M',
      '--innodb-flush-log-at-trx-commit=0',
    )
  },
  forms: {
    simple: { definition: (place) => definition(place, 'simple'), reload: 'keeps-pid' },
    notify: { definition: (place) => definition(place, 'notify'), reload: 'keeps-pid' },
  },
}
