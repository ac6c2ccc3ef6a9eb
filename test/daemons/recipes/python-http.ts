import type { Recipe } from '../recipe.ts'

/** A program that knows nothing of daemons, as most own programs do. */
export const pythonHttp: Recipe = {
  name: 'python-http',
  packages: ['python3'],
  programs: ['/usr/bin/python3'],
  rootless: true,
  prepare: ({ makeDirectory }) => {
    makeDirectory('www')
  },
  forms: {
    simple: {
      definition: ({ path, port }) => `
description = "Python's http.server"
type = "simple"
directory = "${path('www')}"
command = ["/usr/bin/python3", "-m", "http.server", "${port}", "--bind", "127.0.0.1"]

[start]
ready = { http = "http://127.0.0.1:${port}/" }

[reload]
signal = "none"
`,
      reload: 'none',
    },
  },
}
