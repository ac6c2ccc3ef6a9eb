import type { Recipe } from '../recipe.ts'

/** PHP's built-in server, with workers. */
export const phpServer: Recipe = {
  name: 'php-server',
  packages: ['php-cli'],
  programs: ['/usr/bin/php'],
  rootless: true,
  prepare: ({ write }) => {
    write('index.php', '<?php echo "ok\\n";\n')
  },
  forms: {
    simple: {
      definition: ({ directory, port }) => `
description = "PHP's built-in server"
type = "simple"
directory = "${directory}"
command = ["/usr/bin/php", "-n", "-S", "127.0.0.1:${port}", "-t", "${directory}"]

[start]
ready = { http = "http://127.0.0.1:${port}/" }

[reload]
signal = "none"
`,
      reload: 'none',
    },
  },
}
