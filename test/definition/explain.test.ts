import { expect, test } from 'vitest'
import { explain } from '../../src/definition/explain.ts'
import { sourcesOf } from './given.ts'

const explained = async (text: string, kind?: 'project') => {
  const [source] = await sourcesOf(text, kind)
  const values = source === undefined ? [] : await explain(source)
  return (key: string) => values.find((each) => each.key === key)
}

test('every value has the place where it was said, or is a default', async () => {
  const at = await explained(
    `
[daemons.web]
command = "/bin/web -v"
reload = false
environment.PORT = "80"
  [daemons.web.stop]
  schedule = "INT/3"
  [daemons.web.start]
  ready = { tcp = 80 }
`,
    'project',
  )
  const file = '/etc/daemonctl/app.toml'
  expect(at('command')).toEqual({ key: 'command', value: ['/bin/web', '-v'], origin: `${file}:3:1` })
  expect(at('stop.schedule')).toEqual({ key: 'stop.schedule', value: 'INT/3', origin: `${file}:7:3` })
  expect(at('stop.kill-mode')).toEqual({ key: 'stop.kill-mode', value: 'all', origin: 'default' })
  expect(at('start.ready.tcp')).toEqual({ key: 'start.ready.tcp', value: '127.0.0.1:80', origin: `${file}:9:13` })
  expect(at('environment.PORT')).toEqual({ key: 'environment.PORT', value: '80', origin: `${file}:5:13` })
  expect(at('reload.signal')).toEqual({ key: 'reload.signal', value: 'none', origin: `${file}:4:1` })
  expect(at('pidfile')).toEqual({ key: 'pidfile', value: '/run/daemonctl/web.pid', origin: 'default' })
  expect(at('user')).toBeUndefined()
})

test('values are shown as they are meant, not as they are quoted', async () => {
  const at = await explained('command = ["/bin/app", "%%i"]')
  expect(at('command')?.value).toEqual(['/bin/app', '%i'])
})
