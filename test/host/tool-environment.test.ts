import { afterEach, expect, test } from 'vitest'
import { toolEnvironment } from '../../src/host/tool-environment.ts'

const before = process.env['PATH']
afterEach(() => {
  if (before === undefined) delete process.env['PATH']
  else process.env['PATH'] = before
})

test.each([
  ['/opt/bin:/usr/bin', '/opt/bin:/usr/bin:/usr/bin:/bin'],
  ['/nonexistent', '/nonexistent:/usr/bin:/bin'],
  ['', '/usr/bin:/bin'],
  [':/opt/bin:', '/opt/bin:/usr/bin:/bin'],
  [undefined, '/usr/bin:/bin'],
])('with PATH %j tools are looked for in %j', (given, path) => {
  if (given === undefined) delete process.env['PATH']
  else process.env['PATH'] = given
  expect(toolEnvironment()).toEqual({ ...process.env, PATH: path })
})
