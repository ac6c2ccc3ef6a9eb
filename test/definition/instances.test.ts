import { describe, expect, test } from 'vitest'
import { instantiate, takesInstances } from '../../src/definition/instantiate.ts'
import { formatProblem } from '../../src/definition/problem.ts'
import { parseDefinitionFile } from '../../src/definition/parse.ts'
import { CONTEXT, problemsOf, sourcesOf } from './given.ts'

const namesOf = async (text: string, kind?: 'project') =>
  (await sourcesOf(text, kind)).map((source) => source.definition.name)

describe('instances', () => {
  test('of a number are numbered from 1, each with files of its own', async () => {
    const sources = await sourcesOf('command = "/bin/app"\ninstances = 3')
    expect(sources.map(({ definition }) => definition.name)).toEqual(['app@1', 'app@2', 'app@3'])
    expect(sources.map(({ definition }) => definition.pidfile)).toEqual([
      '/run/daemonctl/app@1.pid',
      '/run/daemonctl/app@2.pid',
      '/run/daemonctl/app@3.pid',
    ])
    expect(sources.every(({ base, instances }) => base === 'app' && instances === 3)).toBe(true)
  })

  test('of one are none', async () => {
    expect(await namesOf('command = "/bin/app"\ninstances = 1')).toEqual(['app'])
  })

  test('are as many as an operator has asked for, where the definition has any', async () => {
    const scaledTo = async (text: string, scaled: Readonly<Record<string, number>>) => {
      const context = { ...CONTEXT, scaled }
      const parsed = await parseDefinitionFile({ text, file: '/etc/daemonctl/app.toml', kind: 'single', context })
      return parsed.ok ? parsed.value.map(({ definition, instances }) => [definition.name, instances]) : parsed.error
    }
    const three = 'command = "/bin/app"\ninstances = 3'
    expect(await scaledTo(three, { app: 1 })).toEqual([['app@1', 3]])
    expect(await scaledTo(three, { app: 5 })).toHaveLength(5)
    expect(await scaledTo(three, { other: 5, constructor: 1 })).toHaveLength(3)
    expect(await scaledTo('command = "/bin/app"', { app: 5 })).toEqual([['app', 1]])
    expect(await scaledTo(`${three}\nstart.ready.tcp = "6553%i"`, { app: 6 })).toMatchObject([{ line: 3 }])
  })

  test('may not share a pidfile, a lock or a log', async () => {
    const text =
      'command = "/bin/app"\ninstances = 2\npidfile = "/run/app.pid"\nlock-file = "/run/%i"\nlog.stdout = "x"'
    expect(await problemsOf(text)).toEqual([
      '3:1: every instance would use "/run/app.pid"; put %i into the path',
      '5:5: every instance would use "x"; put %i into the path',
    ])
  })

  test('are told of a mistake that only one of them has', async () => {
    const text = 'command = "/bin/app"\ninstances = 9\nstart.ready.tcp = "6553%i"'
    expect(await problemsOf(text)).toEqual([
      '3:13: "65536" is not an address such as "127.0.0.1:8080", "[::1]:80" or a port',
    ])
  })

  test('have no instances of their own', async () => {
    expect(await problemsOf('[daemons."web@a"]\ncommand = "/bin/web"\ninstances = 2', 'project')).toEqual([
      '1:10: "web@a@1" is not a name of a daemon: "@" stands at most once in it',
    ])
  })
})

describe('an instance asked for by name', () => {
  const ask = async (text: string, instance: string, kind?: 'project') => {
    const [source] = await sourcesOf(text, kind)
    if (source === undefined) throw new Error('no daemon')
    const result = await instantiate(source, instance)
    return result.ok ? result.value.definition : result.error.map(formatProblem)
  }

  test('is one of a template', async () => {
    const text = '[daemons."web@"]\ncommand = "/bin/web --port 80%i"'
    const [template] = await sourcesOf(text, 'project')
    expect(template).toMatchObject({ template: true, base: 'web', definition: { name: 'web@', instance: undefined } })
    expect(await ask(text, '80', 'project')).toMatchObject({
      name: 'web@80',
      instance: '80',
      command: { argv: ['/bin/web', '--port', '8080'] },
      pidfile: '/run/daemonctl/web@80.pid',
    })
  })

  test('is one of a definition that says what its instances differ in', async () => {
    const text = 'command = "/bin/app -c /etc/app/%i.conf"'
    expect(await namesOf(text)).toEqual(['app'])
    expect(await ask(text, 'blue')).toMatchObject({
      name: 'app@blue',
      command: { argv: ['/bin/app', '-c', '/etc/app/blue.conf'] },
    })
  })

  test('may be one more than the definition has', async () => {
    expect(await ask('command = "/bin/app"\ninstances = 2', '3')).toMatchObject({ name: 'app@3', instance: '3' })
  })

  test('does not exist where instances differ in nothing', async () => {
    expect(await ask('command = "/bin/app"', 'blue')).toEqual([
      '/etc/daemonctl/app.toml:1:1: "app" has no instances, so there is no "app@blue"; put %i where its instances differ',
    ])
  })

  test('does not exist where the definition is an instance itself', async () => {
    const [source] = await sourcesOf('[daemons."web@a"]\ncommand = "/bin/web %i"', 'project')
    expect(source?.definition.instance).toBe('a')
    expect(source === undefined || takesInstances(source)).toBe(false)
  })

  test('may not share the pidfile of the others, nor have a name that is none', async () => {
    const text = 'command = "/bin/app %i"\npidfile = "/run/app.pid"'
    expect(await ask(text, 'x')).toEqual([
      '/etc/daemonctl/app.toml:2:1: every instance would use "/run/app.pid"; put %i into the path',
    ])
    expect(await ask('command = "/bin/app %i"', '../x')).toEqual([
      expect.stringContaining('"app@../x" is not a name of a daemon'),
    ])
  })
})
