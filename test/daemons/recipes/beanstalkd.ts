import type { Recipe } from '../recipe.ts'

/** Does not daemonize, has no pidfile and no configuration, dies of HUP. */
export const beanstalkd: Recipe = {
  name: 'beanstalkd',
  packages: ['beanstalkd'],
  programs: ['/usr/bin/beanstalkd'],
  rootless: true,
  forms: {
    simple: {
      definition: ({ port }) => `
description = "beanstalkd"
type = "simple"
command = "/usr/bin/beanstalkd -l 127.0.0.1 -p ${port}"

[start]
ready = { tcp = "127.0.0.1:${port}" }

[reload]
signal = "none"
`,
      reload: 'none',
    },
  },
}
