import { checksum } from '../base/checksum.ts'
import { cacheDirectory, codeCache, type CodeCache } from './code-cache.ts'
import { fileSource, type Source } from './source.ts'
import { openVolume, type Part, type Volume } from './volume.ts'

interface Program {
  main?: (argv: readonly string[]) => Promise<void>
}

/** Parts that are rather in the file for help. */
const OF_HELP = /^(?:\.\/(?:oclif|help-texts)-|oclif:|package:)/

/**
 * Runs the program in `file`. What the verbs do without is in two files beside it, one for help and one for all else,
 * which are read only when they are asked for. All run from their compiled form where there is one. `sourceOf`: where
 * such files are parts of another one.
 */
export async function boot(
  file: string,
  argv: readonly string[],
  require: NodeJS.Require,
  sourceOf: (file: string) => Source = fileSource,
): Promise<void> {
  const word = argv.includes('--help') ? 'help' : argv[0]
  const verb = /^[a-z-]{1,20}$/.test(word ?? '') ? word : 'other'
  const directory = file.slice(0, file.lastIndexOf('/'))
  const open = (path: string, use: string): Volume => {
    const source = sourceOf(path)
    return openVolume(path, source, cacheOf(source, use))
  }
  const first = open(file, `${verb}`)
  const opened = new Map<string, Volume>()
  const volume = (name: 'help' | 'more'): Volume => {
    const known = opened.get(name)
    if (known !== undefined) return known
    const path = file.replace(/\.cjs$/, `-${name}.cjs`)
    const found = open(path, `${verb}-${name}`)
    opened.set(name, found)
    return found
  }
  const find = (name: string): Part | undefined => {
    const known = first.compiled(name)
    if (known !== undefined) return known
    const others = OF_HELP.test(name) ? (['help', 'more'] as const) : (['more'] as const)
    // What is compiled already is looked for before anything is read.
    for (const other of first.isCompiled ? others : []) {
      const compiled = volume(other).compiled(name)
      if (compiled !== undefined) return compiled
    }
    let part = first.part(name)
    for (const other of others) part ??= volume(other).part(name)
    return part
  }
  const loaded = new Map<string, { exports: unknown }>()
  const load = (name: string): unknown => {
    const known = loaded.get(name)
    if (known !== undefined) return known.exports
    // Parts are named "./x", "oclif:x" and "package:x": whatever else is asked for is Node's, or installed beside us.
    const part = /^(?:\.\/|oclif:|package:)/.test(name) ? find(name) : undefined
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

/** For each command there is one of its own. */
function cacheOf({ build }: Source, use: string): CodeCache | undefined {
  const uid = process.geteuid?.() ?? -1
  const directory = cacheDirectory(uid, process.env)
  if (directory === undefined || build === undefined) return undefined
  return codeCache(directory, `${build}-${process.version}-${process.arch}${flags()}-${use}.code`, uid)
}

/** V8 believes compiled code only under the flags under which it was compiled. */
function flags(): string {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').trim()
  return given === '' ? '' : `_${checksum(given)}`
}
