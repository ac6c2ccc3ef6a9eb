import type { Place, Recipe } from '../recipe.ts'

const BIN = '/usr/lib/postgresql/15/bin'

const keys = ({ path }: Place): string => `
user = "postgres"
directory = "${path('data')}"
config-test = ["${BIN}/postgres", "-D", "${path('data')}", "-C", "port"]
`
const tables = `
[stop]
schedule = "TERM/5/INT/10/KILL/5"

[reload]
signal = "HUP"
`

/** Refuses to run as root. Its pidfile has a fixed place and several lines. */
export const postgres: Recipe = {
  name: 'postgres',
  packages: ['postgresql'],
  programs: [`${BIN}/postgres`, `${BIN}/pg_ctl`, `${BIN}/initdb`, '/sbin/runuser'],
  config: 'data/postgresql.conf',
  prepare: ({ makeDirectory, path, port, run, write }) => {
    makeDirectory('data', { owner: 'postgres', mode: 0o700 })
    run('/sbin/runuser', '-u', 'postgres', '--', `${BIN}/initdb`, '--no-sync', '-A', 'trust', '-D', path('data'))
    write(
      'data/postgresql.conf',
      `listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = '${path('data')}'
shared_buffers = 4MB
dynamic_shared_memory_type = mmap
fsync = off
`,
      { owner: 'postgres', mode: 0o600 },
    )
  },
  forms: {
    forking: {
      definition: (place) => `
description = "PostgreSQL, started by pg_ctl"
type = "forking"
command = ["${BIN}/pg_ctl", "-D", "${place.path('data')}", "-l", "${place.path('data/log')}", "-w", "start"]
pidfile = "${place.path('data/postmaster.pid')}"
executable = "${BIN}/postgres"
${keys(place)}
[start]
ready = { unix = "${place.path(`data/.s.PGSQL.${place.port}`)}" }
${tables}`,
      reload: 'keeps-pid',
      pidfile: {
        path: ({ path }) => path('data/postmaster.pid'),
        text: 'lines',
        owner: 'postgres',
        atExit: 'removed',
      },
    },
    simple: {
      definition: (place) => `
description = "PostgreSQL in the foreground"
type = "simple"
command = ["${BIN}/postgres", "-D", "${place.path('data')}"]
${keys(place)}
[start]
ready = { log = "database system is ready to accept connections" }
${tables}`,
      reload: 'keeps-pid',
    },
  },
}
