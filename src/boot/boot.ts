import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'
import { checksum } from '../base/checksum.ts'
import { cacheDirectory, codeCache } from './code-cache.ts'

interface Program {
  main?: (argv: readonly string[]) => Promise<void>
}

/** A part of the program, which is run when it is required for the first time. */
type Part = (
  require: (name: string) => unknown,
  module: { exports: unknown },
  exports: unknown,
  filename: string,
  directory: string,
) => void

/** Parts that are rather in the file for help. */
const OF_HELP = /^(?:\.\/oclif-|oclif:|package:)/

type Volume = Readonly<Record<string, Part | undefined>>

/**
 * Runs the program in `file`. What the verbs do without is in two files beside it, one for help and one for all else,
 * which are read only when they are asked for. All run from their compiled form where there is one. `read`: gives the
 * text of such a file, where they are parts of another one.
 */
export async function boot(
  file: string,
  argv: readonly string[],
  require: NodeJS.Require,
  read: (file: string) => string = (path) => readFileSync(path, 'latin1'),
): Promise<void> {
  const verb = /^[a-z-]{1,20}$/.test(argv[0] ?? '') ? argv[0] : 'other'
  const directory = file.slice(0, file.lastIndexOf('/'))
  const first = openVolume(file, read(file), `${verb}`)
  const opened = new Map<string, Volume>()
  const volume = (name: 'help' | 'more'): Volume => {
    const known = opened.get(name)
    if (known !== undefined) return known
    const path = file.replace(/\.cjs$/, `-${name}.cjs`)
    const found = openVolume(path, read(path), `${verb}-${name}`)
    opened.set(name, found)
    return found
  }
  const loaded = new Map<string, { exports: unknown }>()
  const load = (name: string): unknown => {
    const known = loaded.get(name)
    if (known !== undefined) return known.exports
    // Parts are named "./x", "oclif:x" and "package:x": whatever else is asked for is Node's, or installed beside us.
    const part = /^(?:\.\/|oclif:|package:)/.test(name)
      ? (first[name] ?? (OF_HELP.test(name) ? volume('help')[name] : undefined) ?? volume('more')[name])
      : undefined
    if (part === undefined) return require(name)
    const module = { exports: {} }
    loaded.set(name, module)
    part(required, module, module.exports, file, directory)
    return module.exports
  }
  const required = Object.assign(load, require)
  const program: Program = Object(load('./main.js'))
  await program.main?.(argv)
  // Everything is written (standard-stream.ts): taking the machine apart piece by piece would only take time.
  process.exit()
}

/**
 * The parts in a file, from their compiled form, which is kept after the first run of each command: by then it has all
 * the functions that the command uses. The first line of the file is its hash.
 */
function openVolume(file: string, source: string, use: string): Volume {
  const uid = process.geteuid?.() ?? -1
  const directory = cacheDirectory(uid, process.env)
  const build = /^\/\/ ([0-9a-f]{16,64})\n/.exec(source)?.[1]
  const name = `${build}-${process.version}-${process.arch}${flags()}-${use}.code`
  const cache = directory === undefined || build === undefined ? undefined : codeCache(directory, name, uid)
  const cachedData = cache?.read()
  const script = new Script(source, { filename: file, ...(cachedData === undefined ? {} : { cachedData }) })
  if (cache !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) {
    process.once('exit', (status) => {
      if (status <= 7) cache.write(script.createCachedData())
    })
  }
  const volume: Volume = script.runInThisContext()
  return volume
}

/** V8 believes compiled code only under the flags under which it was compiled. */
function flags(): string {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').trim()
  return given === '' ? '' : `_${checksum(given)}`
}
