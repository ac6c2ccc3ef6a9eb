import type { Recipe } from '../recipe.ts'

/** Does not daemonize; answers TERM with status 143. */
export const socat: Recipe = {
  name: 'socat',
  packages: ['socat'],
  programs: ['/usr/bin/socat'],
  rootless: true,
  forms: {
    simple: {
      definition: ({ port }) => `
description = "socat, an echo server"
type = "simple"
command = ["/usr/bin/socat", "TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr", "EXEC:/bin/cat"]

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "none"
`,
      reload: 'none',
    },
  },
}
