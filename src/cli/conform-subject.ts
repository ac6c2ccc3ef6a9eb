import { resolve } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { pidfileOfScript } from '../decide/conform/script-pidfile.ts'
import { splitWords } from '../definition/words.ts'
import type { TestBench } from '../host/host.ts'
import { ownProgram } from '../host/own-program.ts'
import { wordsVia, type ConformSubject, type KnownPidfile, type Via } from '../operations/conform/subject.ts'
import { CLEAN_PATH } from '../operations/environment.ts'
import type { Surroundings } from './surroundings.ts'

export interface ConformFlags {
  readonly name?: string | undefined
  readonly via?: Via | undefined
  readonly shell?: string | undefined
  readonly pidfile?: string | undefined
}

/** What is to be tested: an init script, or a name that some program knows. */
export async function conformSubject(
  surroundings: Surroundings,
  bench: TestBench,
  script: string | undefined,
  flags: ConformFlags,
): Promise<Result<ConformSubject, Failure>> {
  if (script !== undefined && (flags.name !== undefined || flags.via !== undefined)) {
    return usage('an init script is called by itself: --name and --via are for what has none')
  }
  if (script !== undefined) return subjectOfScript(surroundings, bench, resolve(script), flags)
  if (flags.name === undefined) return usage('it is not said what to test', 'daemonctl conform /etc/init.d/NAME')
  if (flags.shell !== undefined) return usage('--shell is for init scripts')
  return subjectOfName(surroundings, bench, flags.name, flags.via ?? 'daemonctl', flags)
}

function subjectOfScript(
  { host }: Surroundings,
  bench: TestBench,
  script: string,
  { shell, pidfile }: ConformFlags,
): Result<ConformSubject, Failure> {
  const text = bench.readScript(script)
  if (!text.ok) return err(failure('not-installed', 'planning', `${script} cannot be read: ${text.error}`))
  const words = shell === undefined ? ok([]) : splitWords(shell)
  if (!words.ok) return usage(`--shell: ${words.error}`)
  const [program = script, ...more] = words.value
  const found = host.spawner.resolve(program, CLEAN_PATH)
  if (found === undefined) {
    return err(
      failure('not-installed', 'planning', `${program} cannot be executed`, {
        remedy: shell === undefined ? `chmod +x ${script}, or name a shell with --shell` : undefined,
      }),
    )
  }
  const before = shell === undefined ? [script] : [found, ...more, script]
  return ok({
    title: script,
    words: (action) => (action === undefined ? before : [...before, action]),
    mainPid: undefined,
    pidfile: knownPidfile(pidfile) ?? guessed(pidfileOfScript(text.value)),
    environment: {},
  })
}

async function subjectOfName(
  surroundings: Surroundings,
  bench: TestBench,
  name: string,
  via: Via,
  { pidfile }: ConformFlags,
): Promise<Result<ConformSubject, Failure>> {
  const { host } = surroundings
  const found = via === 'daemonctl' ? process.execPath : host.spawner.resolve(via, CLEAN_PATH)
  if (found === undefined) return err(failure('not-installed', 'planning', `${via} is not installed`))
  const program = via === 'daemonctl' ? ownProgram() : [found]
  const known = knownPidfile(pidfile) ?? (await pidfileOf(surroundings, bench, name, via, found))
  return ok({
    title: `${via} ${name}`,
    words: (action) => wordsVia(via, program, name, action),
    mainPid: via === 'systemctl' ? [found, 'show', '--property=MainPID', '--value', name] : undefined,
    pidfile: known,
    // Where daemonctl is pointed elsewhere, the daemonctl that is tested must be, too.
    environment: via === 'daemonctl' ? ownVariables(host.environment) : {},
  })
}

/** What the user says of it. */
function knownPidfile(flag: string | undefined): KnownPidfile | undefined {
  if (flag === undefined) return undefined
  return flag === 'none'
    ? { kind: 'none', why: 'it has no pidfile' }
    : { kind: 'known', path: resolve(flag), guessed: false }
}

const guessed = (path: string | undefined): KnownPidfile =>
  path === undefined ? { kind: 'unknown' } : { kind: 'known', path, guessed: true }

async function pidfileOf(
  surroundings: Surroundings,
  bench: TestBench,
  name: string,
  via: Via,
  program: string,
): Promise<KnownPidfile> {
  switch (via) {
    case 'systemctl':
      return pidfileOfUnit(bench, program, name)
    case 'service':
    case 'rc-service': {
      const text = bench.readScript(`/etc/init.d/${name}`)
      return guessed(text.ok ? pidfileOfScript(text.value) : undefined)
    }
    case 'daemonctl': {
      const selected = await surroundings.select({ file: undefined, all: false, names: [name], without: 'everything' })
      const [only] = selected.ok ? selected.value : []
      return only === undefined ? { kind: 'unknown' } : { kind: 'known', path: only.definition.pidfile, guessed: false }
    }
    default:
      return via satisfies never
  }
}

async function pidfileOfUnit(bench: TestBench, systemctl: string, name: string): Promise<KnownPidfile> {
  const { output } = await bench.call({
    argv: [systemctl, 'show', '--property=PIDFile', '--value', name],
    environment: {},
    directory: '/',
    umask: 0o022,
    inputClosed: false,
    credentials: undefined,
    within: 10_000,
  })
  const [path = ''] = output
  return path.startsWith('/')
    ? { kind: 'known', path, guessed: false }
    : { kind: 'none', why: 'its unit has no pidfile' }
}

const ownVariables = (environment: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => /^DAEMONCTL_[A-Z]+_DIR$/.test(name)))

const usage = (message: string, remedy?: string) => err(failure('usage', 'planning', message, { remedy }))
