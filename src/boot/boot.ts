import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'
import { checksum } from '../base/checksum.ts'
import { cacheDirectory, codeCache } from './code-cache.ts'

interface Program {
  main?: (argv: readonly string[]) => Promise<void>
}

type Wrapper = (exports: Program, require: NodeJS.Require, module: object, filename: string, directory: string) => void

/**
 * Runs the program in `file` from its compiled form where there is one, and keeps that form after the first run of
 * each command: by then it has all the functions that the command uses. The first line of the file is its hash.
 */
export async function boot(file: string, argv: readonly string[], require: NodeJS.Require): Promise<void> {
  const source = readFileSync(file, 'latin1')
  const uid = process.geteuid?.() ?? -1
  const directory = cacheDirectory(uid, process.env)
  const verb = /^[a-z-]{1,20}$/.test(argv[0] ?? '') ? argv[0] : 'other'
  const build = /^\/\/ ([0-9a-f]{16,64})\n/.exec(source)?.[1]
  const name = `${build}-${process.version}-${process.arch}${flags()}-${verb}.code`
  const cache = directory === undefined || build === undefined ? undefined : codeCache(directory, name, uid)
  const cachedData = cache?.read()
  const script = new Script(source, {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
  })
  const wrapper: Wrapper = script.runInThisContext()
  const module: { exports: Program } = { exports: {} }
  wrapper(module.exports, require, module, file, file.slice(0, file.lastIndexOf('/')))
  if (cache !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) {
    process.once('exit', (status) => {
      if (status <= 7) cache.write(script.createCachedData())
    })
  }
  await module.exports.main?.(argv)
  // Everything is written (to pipes, files and terminals Node writes synchronously): taking the machine
  // apart piece by piece would only take time.
  process.exit()
}

/** V8 believes compiled code only under the flags under which it was compiled. */
function flags(): string {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').trim()
  return given === '' ? '' : `_${checksum(given)}`
}
