import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { PROJECT_FILE, SYSTEM_DEFINITIONS } from './directories.ts'
import type { DefinitionLibrary, Files, FoundDefinition } from './host.ts'

/** Finds definitions: the project file here or above, then the user's directory, then the system's. */
export function definitionLibrary(files: Files, current: string, userDirectory: string): DefinitionLibrary {
  const directories = userDirectory === SYSTEM_DEFINITIONS ? [userDirectory] : [userDirectory, SYSTEM_DEFINITIONS]
  const read = (path: string, kind?: FoundDefinition['kind']): FoundDefinition => {
    const text = files.readTrusted(path)
    const nearby = relative(current, path)
    return {
      path,
      shownPath: nearby.startsWith('..') ? path : nearby,
      directory: dirname(path),
      kind: kind ?? (text.ok && /^\s*\[\s*daemons\s*[.\]]/m.test(text.value) ? 'project' : kindOfName(path)),
      name: basename(path, '.toml'),
      text,
    }
  }
  const project = (): FoundDefinition | undefined => {
    for (let directory = current; ; directory = dirname(directory)) {
      const path = join(directory, PROJECT_FILE)
      if (existsSync(path)) return read(path, 'project')
      if (directory === dirname(directory)) return undefined
    }
  }
  const inProject = (): readonly FoundDefinition[] => [project()].filter((found) => found !== undefined)
  return {
    at: (path) => read(resolve(current, path)),
    everywhere: () => [
      ...inProject(),
      ...directories.flatMap((directory) => listToml(directory).map((name) => read(join(directory, name), 'single'))),
    ],
    named: (base) => [
      ...inProject(),
      ...directories
        .map((directory) => join(directory, `${base}.toml`))
        .filter((path) => existsSync(path))
        .map((path) => read(path, 'single')),
    ],
    places: () => [project()?.path ?? `${PROJECT_FILE} (here or above)`, ...directories],
  }
}

const kindOfName = (path: string): FoundDefinition['kind'] => (basename(path) === PROJECT_FILE ? 'project' : 'single')

function listToml(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.toml') && !name.startsWith('.'))
      .toSorted()
  } catch {
    return []
  }
}
