import type { Failure } from '../base/failure.ts'
import { ok, type Result } from '../base/result.ts'
import type { Definition } from '../definition/definition.ts'
import { expectedExecutable, isPhp } from '../definition/expected-executable.ts'
import type { Generated } from './generated.ts'
import type { Generator } from './generator.ts'
import { keptInFile } from './kept-in-file.ts'
import { Losses } from './losses.ts'
import { DEFAULT_OPTIONS, type GenerateOptions } from './options.ts'
import { launchd } from './launchd/property-list.ts'
import { logrotate } from './logrotate/logrotate.ts'
import { openrc } from './openrc/init-script.ts'
import { runit } from './runit/service-directory.ts'
import { s6 } from './s6/service-directory.ts'
import { systemd } from './systemd/unit.ts'
import { sysvinit } from './sysvinit/init-script.ts'
import { TARGETS, type Target } from './target.ts'
import { tmpfiles } from './tmpfiles/tmpfiles.ts'

/** Every target has its generator here, and nowhere else. */
const GENERATORS: Readonly<Partial<Record<Target, Generator>>> = {
  systemd,
  sysvinit,
  openrc,
  runit,
  s6,
  launchd,
  logrotate,
  tmpfiles,
}

/** What runs the daemon by them can write to files, and to nothing else. */
const INIT_FILES: ReadonlySet<Target> = new Set(['sysvinit', 'openrc', 'runit', 's6', 'launchd'])

/** Those that there are files for. */
export const MADE_TARGETS: readonly Target[] = TARGETS.filter((target) => GENERATORS[target] !== undefined)

/**
 * From a definition to what the host's own init runs: text, and a report of what could not be said. Pure: programs
 * are resolved and versions are known before (see programs.ts, options.ts).
 */
export function generate(
  target: Target,
  definition: Definition,
  options: Partial<GenerateOptions> = {},
): Result<Generated, Failure> {
  const generator = GENERATORS[target]
  if (generator === undefined) throw new Error(`no generator for ${target}`)
  const losses = new Losses()
  const all = { ...DEFAULT_OPTIONS, ...options }
  const certain = withoutAssumedReload(definition)
  const own = INIT_FILES.has(target) ? keptInFile(certain, all, losses) : certain
  const files = generator(own, all, losses)
  return files.ok ? ok({ files: files.value, losses: losses.list() }) : files
}

/** An init sends what it is told to, and cannot see who would die of it: a program in PHP may. */
function withoutAssumedReload(definition: Definition): Definition {
  const { reload } = definition
  const assumed = reload.by.kind === 'signal' && reload.by.assumed === true
  if (!assumed || !isPhp(expectedExecutable(definition))) return definition
  return { ...definition, reload: { ...reload, by: { kind: 'none' } } }
}
