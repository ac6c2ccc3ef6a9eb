import { readFileSync } from 'node:fs'
import type { Definition } from '../../src/definition/definition.ts'
import { parseDefinitionFile } from '../../src/definition/parse.ts'
import { formatProblem } from '../../src/definition/problem.ts'
import type { DefinitionContext } from '../../src/definition/scope.ts'
import type { DefinitionSource } from '../../src/definition/source.ts'

export const CONTEXT: DefinitionContext = {
  directory: '/srv/app',
  home: '/home/ann',
  hostname: 'web7',
  runtimeDirectory: '/run/daemonctl',
  logDirectory: '/var/log/daemonctl',
}

/** The example of the manual: most keys once. */
export const EXAMPLE = readFileSync(new URL('myapp.toml', import.meta.url), 'utf8')

/** The problems of app.toml, one daemon: each as `line:column: message`. */
export async function problemsOf(text: string, kind: 'single' | 'project' = 'single'): Promise<string[]> {
  const result = await parseDefinitionFile({ text, file: 'app.toml', kind, context: CONTEXT })
  return result.ok ? [] : result.error.map((problem) => formatProblem(problem).replace(/^app\.toml:/, ''))
}

export async function sourcesOf(text: string, kind: 'single' | 'project' = 'single'): Promise<DefinitionSource[]> {
  const result = await parseDefinitionFile({ text, file: '/etc/daemonctl/app.toml', kind, context: CONTEXT })
  if (!result.ok) throw new Error(result.error.map(formatProblem).join('\n'))
  return result.value
}

/** The only daemon of a file whose command is /bin/app, unless the text has another. */
export async function definitionOf(text: string): Promise<Definition> {
  const [top = ''] = text.split(/^\s*\[/m)
  const whole = /^\s*command\b/m.test(top) ? text : `command = "/bin/app"\n${text}`
  const [source] = await sourcesOf(whole)
  if (source === undefined) throw new Error('no daemon')
  return source.definition
}
