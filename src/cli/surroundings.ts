import { hostname } from 'node:os'
import { basename, dirname, normalize } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import { failure, type Failure } from '../base/failure.ts'
import type { Definition } from '../definition/definition.ts'
import { expectedExecutable, isShell } from '../definition/expected-executable.ts'
import { parseName } from '../definition/name.ts'
import { formatProblem } from '../definition/problem.ts'
import { parseOwnLog } from '../decide/own-log.ts'
import { cacheDirectory } from '../boot/code-cache.ts'
import { controlSocket } from '../host/control-socket.ts'
import { definitionCache } from '../host/definition-cache.ts'
import { definitionLibrary } from '../host/definition-library.ts'
import { directoriesFor, type Directories } from '../host/directories.ts'
import type { ControlSocket, DefinitionCache, DefinitionLibrary, Host, Scale } from '../host/host.ts'
import { daemonKey } from '../host/key.ts'
import { realHost } from '../host/real-host.ts'
import { ownLog, type Tell } from '../host/own-log.ts'
import { tellingHost } from '../host/telling-host.ts'
import { hashDefinition } from '../definition/definition-hash.ts'
import { SystemUserDatabase } from '../host/users.ts'
import {
  findDefinition,
  readCatalog,
  selectDaemons,
  type CatalogFile,
  type CatalogOptions,
  type DefinedDaemon,
} from '../operations/catalog.ts'
import { CLEAN_PATH } from '../operations/environment.ts'
import type { Subject } from '../operations/run.ts'
import type { Family } from '../operations/scale.ts'

/** The composition root: everything real that a command works with, put together once. */
export class Surroundings {
  readonly host: Host
  readonly directories: Directories
  private readonly library: DefinitionLibrary
  private readonly cache: DefinitionCache
  private readonly realPaths = new Map<string, string>()
  private readonly inForce = new Map<string, Scale>()

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
    const scales = this.host.scales.read()
    return { file, context: this.context(), cache: this.cache, scaled: (path) => this.scaledIn(path, scales) }
  }

  /** The numbers of instances for a file; what is in force is kept, for whoever tells of it. */
  private scaledIn(path: string, scales: readonly Scale[]): Readonly<Record<string, number>> | undefined {
    if (scales.length === 0) return undefined
    const file = this.host.files.realPath(path)
    const here = scales.filter((scale) => scale.file === file)
    for (const scale of here) this.inForce.set(`${file} ${scale.name}`, scale)
    return here.length === 0 ? undefined : Object.fromEntries(here.map(({ name, instances }) => [name, instances]))
  }

  /** What operators have scaled, among these daemons. */
  scalesOf(definitions: readonly Definition[]): readonly Scale[] {
    if (this.inForce.size === 0) return []
    const names = new Set(
      definitions.filter(({ instance }) => instance !== undefined).map(({ name }) => name.replace(/@.*$/, '')),
    )
    return [...this.inForce.values()].filter(({ name }) => names.has(name))
  }

  /** The definition of a name, as far as the number of its instances goes. */
  async family(name: string, file: string | undefined): Promise<Result<Family, Failure>> {
    const parsed = parseName(name)
    if (!parsed.ok) return err(failure('usage', 'reading the definition', parsed.error))
    const { base, instance } = parsed.value
    if (instance !== undefined) {
      return err(
        failure('usage', 'planning', `${name} is one instance: a definition is scaled`, {
          remedy: `daemonctl scale ${base} N`,
        }),
      )
    }
    const found = await findDefinition(this.library, this.options(file), base)
    if (!found.ok) return found
    const source = await found.value.daemon.source()
    if (source.instances === 1 || source.template) {
      return err(
        failure('unsupported', 'planning', `${base} is not defined with instances, so their number cannot be changed`, {
          remedy: source.template
            ? `its instances are asked for by name: daemonctl start ${base}@INSTANCE`
            : 'write "instances = 2" or more into its definition, with %i where they differ',
        }),
      )
    }
    const { instantiate } = await import('../definition/instantiate.ts')
    const { path } = found.value
    return ok({
      name: base,
      allows: async (instances) => {
        const options = this.options(path)
        const tried = await findDefinition(
          this.library,
          {
            ...options,
            cache: { read: () => undefined, write: () => {} },
            scaled: (file) => ({ ...options.scaled(file), [base]: instances }),
          },
          base,
        )
        return tried.ok ? ok(undefined) : tried
      },
      file: this.host.files.realPath(path),
      defined: source.instances,
      member: async (number) => {
        const made = await instantiate(source, String(number))
        if (made.ok) return ok(this.subject(made.value.definition))
        const problems = made.error.map(formatProblem).join('; ')
        return err(failure('not-configured', 'reading the definition', problems))
      },
    })
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
    const path = `${this.realPath(dirname(pidfile))}/${basename(pidfile)}`
    return daemonKey(path, this.realPath(this.directories.runtime))
  }

  /** A thousand daemons lie in a few directories. */
  private realPath(path: string): string {
    const known = this.realPaths.get(path)
    if (known !== undefined) return known
    const real = normalize(this.host.files.realPath(path))
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
