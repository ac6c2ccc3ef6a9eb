import { defaultLog } from '../definition/defaults.ts'
import type { Definition } from '../definition/definition.ts'
import type { Losses } from './losses.ts'
import type { GenerateOptions } from './options.ts'

/** Where nobody passes on what a daemon writes, it goes to the file that it would have had otherwise. */
export function keptInFile(definition: Definition, options: GenerateOptions, losses: Losses): Definition {
  const { log, name } = definition
  if (log.stdout.kind !== 'passed-on') return definition
  const path = defaultLog(name, options)
  losses.note('log.target', `nobody is there to pass it on to ${log.stdout.to}`, `the output goes to ${path}`)
  return { ...definition, log: { ...log, stdout: { kind: 'file', path } } }
}
