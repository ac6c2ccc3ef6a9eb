import { checksum } from '../base/checksum.ts'
import { codeCache } from '../boot/code-cache.ts'
import { pack, unpack, type Alike } from './alike.ts'
import type { DefinitionCache, ParsedFrom } from './host.ts'

/** Set by the build: another program may make something else of the same text. */
declare const BUILD_ID: string

/**
 * What was made of each file of definitions, in files that only their owner may write, beside the compiled code.
 * The text itself is compared, so no date and no hash can deceive. Without a directory nothing is kept.
 */
export function definitionCache(directory: string | undefined, uid: number): DefinitionCache {
  if (directory === undefined) return { read: () => undefined, write: () => {} }
  const place = (name: string): ReturnType<typeof codeCache> =>
    codeCache(directory, `definitions-${checksum(name)}.json`, uid)
  return {
    read(name, from) {
      const bytes = place(name).read()
      if (bytes === undefined) return undefined
      const end = bytes.indexOf(0)
      if (end < 0 || bytes.toString('utf8', 0, end) !== originOf(name, from)) return undefined
      // Written by ourselves, from definitions, into a file that nobody else may write.
      const alike: Alike = JSON.parse(bytes.toString('utf8', end + 1))
      return unpack(alike)
    },
    write(name, from, daemons) {
      place(name).write(Buffer.from(`${originOf(name, from)}\0${JSON.stringify(pack(daemons))}`))
    },
  }
}

/** JSON has no NUL byte, so what follows it is the daemons. */
const originOf = (name: string, { text, context }: ParsedFrom): string =>
  JSON.stringify([BUILD_ID, name, context, text])
