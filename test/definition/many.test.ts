import { expect, test } from 'vitest'
import { sourcesOf } from './given.ts'

const daemon = (index: number): string => `
[daemons.worker${index}]
command = ["/usr/bin/php", "/srv/app/worker.php", "--queue=${index}"]
user = "www-data"
start.ready = { tcp = "127.0.0.1:${10_000 + index}" }
stop.schedule = "TERM/20/KILL/5"
`

// How long it takes is measured by bench/ ("status --all" of 1,000).
test('a thousand daemons are read, each as it is written', async () => {
  const sources = await sourcesOf(Array.from({ length: 1000 }, (_, index) => daemon(index)).join(''), 'project')
  expect(sources).toHaveLength(1000)
  for (const index of [0, 499, 999]) {
    expect(sources[index]?.definition).toMatchObject({
      name: `worker${index}`,
      command: { argv: ['/usr/bin/php', '/srv/app/worker.php', `--queue=${index}`] },
      user: 'www-data',
    })
  }
})
