import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import { failure, type Failure } from '../base/failure.ts'
import type { Definition } from '../definition/definition.ts'
import { expectedExecutable, isShell } from '../definition/expected-executable.ts'
import { parseOwnLog } from '../decide/own-log.ts'
import { cacheDirectory } from '../boot/code-cache.ts'
import { controlSocket } from '../host/control-socket.ts'
import { definitionCache } from '../host/definition-cache.ts'
import { definitionLibrary } from '../host/definition-library.ts'
import { directoriesFor, type Directories } from '../host/directories.ts'
import type { ControlSocket, DefinitionCache, DefinitionLibrary, Host } from '../host/host.ts'
import { daemonKey } from '../host/key.ts'
import { realHost } from '../host/real-host.ts'
import { ownLog, type Tell } from '../host/own-log.ts'
import { tellingHost } from '../host/telling-host.ts'
import { hashDefinition } from '../host/hash.ts'
import { SystemUserDatabase } from '../host/users.ts'
import {
  readCatalog,
  selectDaemons,
  type CatalogFile,
  type CatalogOptions,
  type DefinedDaemon,
} from '../operations/catalog.ts'
import { CLEAN_PATH } from '../operations/environment.ts'
import type { Subject } from '../operations/run.ts'

/** The composition root: everything real that a command works with, put together once. */
export class Surroundings {
  readonly host: Host
  readonly directories: Directories
  private readonly library: DefinitionLibrary
  private readonly cache: DefinitionCache
  private readonly realPaths = new Map<string, string>()

  /** Elsewhere than where this user's things lie: a scratch place. */
  constructor(warn: (text: string) => void, elsewhere: Partial<Directories> = {}) {
    const uid = process.geteuid?.() ?? 0
    const home = process.env['HOME'] ?? '/'
    this.directories = { ...directoriesFor(uid, home, process.env), ...elsewhere }
    const real = realHost(this.directories, environment(), warn)
    const tell = tellerOf(process.env['DAEMONCTL_LOG'], warn)
    this.host = tell === undefined ? real : tellingHost(real, tell)
    this.cache = definitionCache(cacheDirectory(uid, process.env), uid)
    this.library = definitionLibrary(this.host.files, process.cwd(), this.directories.definitions)
  }

  /** Where a watcher is asked, if there is one. */
  get control(): ControlSocket {
    const { uid } = this.host.processes.self()
    return controlSocket({ runtimeDirectory: this.directories.runtime, uid, users: new SystemUserDatabase() })
  }

  context(): CatalogOptions['context'] {
    return {
      home: process.env['HOME'] ?? '/',
      hostname: hostname(),
      runtimeDirectory: this.directories.runtime,
      logDirectory: this.directories.log,
    }
  }

  private options(file: string | undefined): CatalogOptions {
    return { file, context: this.context(), cache: this.cache }
  }

  catalog(file: string | undefined): Promise<readonly CatalogFile[]> {
    return readCatalog(this.library, this.options(file))
  }

  /** The daemons that names, --all or neither stand for. */
  async select(choice: {
    readonly file: string | undefined
    readonly all: boolean
    readonly names: readonly string[]
    readonly without: 'only-one' | 'everything'
  }): Promise<Result<readonly DefinedDaemon[], Failure>> {
    const { file, all, names } = choice
    if (names.length > 0) return selectDaemons(this.library, this.options(file), names)
    const files = await this.catalog(file)
    const broken = files.find((one) => !one.outcome.ok)?.outcome
    if (broken !== undefined && !broken.ok) return broken
    const seen = new Set<string>()
    const sources = files
      .flatMap((one) => (one.outcome.ok ? one.outcome.value : []))
      .filter((source) => !source.template)
      // The nearer definition of a name hides the farther.
      .filter(({ definition }) => !seen.has(definition.name) && seen.add(definition.name) !== undefined)
    const known = [...new Set(sources.map((source) => source.base))]
    if (all || choice.without === 'everything' || known.length === 1) return ok(sources)
    return err(
      failure(
        known.length === 0 ? 'not-configured' : 'usage',
        'reading the definition',
        known.length === 0 ? 'no daemon is defined here' : 'it is not said which daemon is meant',
        {
          remedy:
            known.length === 0
              ? `write a definition (see daemonctl.toml(5)) in ${this.library.places().join(', ')}; or use --pidfile`
              : `name one or more of: ${known.slice(0, 20).join(', ')}; or use --all`,
        },
      ),
    )
  }

  /** A definition with the key by which it is kept and what its main process must look like. */
  subject(
    definition: Definition,
    options: { commandIsKnown: boolean; demanding: boolean } = { commandIsKnown: true, demanding: false },
  ): Subject {
    const { users } = this.host
    let hash: string | undefined
    return {
      definition,
      key: this.keyOf(definition.pidfile),
      demanding: options.demanding,
      expected: () => ({
        executable: this.realProgram(definition.executable),
        likelyExecutable: options.commandIsKnown ? this.likelyProgram(expectedExecutable(definition)) : undefined,
        uid: definition.user === undefined ? undefined : users.uid(definition.user),
        demanded: options.demanding,
      }),
      hash: () => (hash ??= hashDefinition(definition)),
    }
  }

  /** Two spellings of one place (/var/run is /run) must not make two locks of one. */
  keyOf(pidfile: string): string {
    const path = join(this.realPath(dirname(pidfile)), basename(pidfile))
    return daemonKey(path, this.realPath(this.directories.runtime))
  }

  /** A thousand daemons lie in a few directories. */
  private realPath(path: string): string {
    const known = this.realPaths.get(path)
    if (known !== undefined) return known
    const real = this.host.files.realPath(path)
    this.realPaths.set(path, real)
    return real
  }

  /** The program file that a command is seen executing: of a script its interpreter. A shell may execute anything. */
  private likelyProgram(program: string | undefined): string | undefined {
    const file = this.realProgram(program)
    const interpreter = file === undefined ? undefined : this.host.files.interpreter(file)
    const likely = interpreter === undefined ? file : this.realProgram(interpreter)
    return likely === undefined || isShell(likely) ? undefined : likely
  }

  private realProgram(program: string | undefined): string | undefined {
    const path = program === undefined ? undefined : this.host.spawner.resolve(program, CLEAN_PATH)
    return path === undefined ? program : this.realPath(path)
  }
}

function environment(): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) variables[name] = value
  return variables
}

/** DAEMONCTL_LOG, if it is set: what daemonctl tells of itself, and where. */
function tellerOf(written: string | undefined, warn: (text: string) => void): Tell | undefined {
  if (written === undefined || written === '') return undefined
  const settings = parseOwnLog(written)
  if (settings.ok) return ownLog(settings.value)
  warn(`DAEMONCTL_LOG is not understood: ${settings.error}`)
  return undefined
}
