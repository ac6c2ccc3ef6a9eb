import type { Place, Recipe } from '../recipe.ts'

const keys = ({ path }: Place): string => `
description = "nginx: a master and its workers"
config-test = ["/usr/sbin/nginx", "-t", "-q", "-e", "${path('error.log')}", "-c", "${path('nginx.conf')}"]
`
const tables = ({ port }: Place): string => `
[start]
ready = { http = "http://127.0.0.1:${port}/" }

[stop]
schedule = "QUIT/5/TERM/5/KILL/5"

[reload]
signal = "HUP"
`

export const nginx: Recipe = {
  name: 'nginx',
  packages: ['nginx-light'],
  programs: ['/usr/sbin/nginx'],
  config: 'nginx.conf',
  prepare: ({ path, port, write }) => {
    write(
      'nginx.conf',
      `user www-data;
worker_processes 2;
pid ${path('nginx.pid')};
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${path('body')};
  proxy_temp_path ${path('proxy')};
  fastcgi_temp_path ${path('fastcgi')};
  uwsgi_temp_path ${path('uwsgi')};
  scgi_temp_path ${path('scgi')};
  server { listen 127.0.0.1:${port}; return 200 "ok\\n"; }
}
`,
    )
  },
  forms: {
    forking: {
      definition: (place) => `
type = "forking"
command = ["/usr/sbin/nginx", "-e", "${place.path('error.log')}", "-c", "${place.path('nginx.conf')}"]
pidfile = "${place.path('nginx.pid')}"
${keys(place)}${tables(place)}`,
      reload: 'keeps-pid',
      pidfile: { path: ({ path }) => path('nginx.pid'), text: 'line', owner: 'root', atExit: 'removed' },
      orphansAfterKill9: true,
    },
    simple: {
      definition: (place) => `
type = "simple"
command = [
  "/usr/sbin/nginx", "-e", "${place.path('error.log')}", "-c", "${place.path('nginx.conf')}", "-g", "daemon off;",
]
${keys(place)}${tables(place)}`,
      reload: 'keeps-pid',
      orphansAfterKill9: true,
    },
  },
}
