import { Args, Flags } from '@oclif/core'
import { isAbsolute, resolve } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { plain, type Json } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import { INSTANCE_MARK } from '../generate/instance-mark.ts'
import { generate } from '../generate/generate.ts'
import { DEFAULT_OPTIONS } from '../generate/options.ts'
import { planDisable, planEnable, type BootPlace, type Enabled } from '../generate/boot/enabling.ts'
import { INIT_KINDS } from '../generate/boot/init-kind.ts'
import { tellStep } from '../generate/boot/step.ts'
import { bootPlace } from '../host/boot-place.ts'
import { isDirectory } from '../host/boot-file-writer.ts'
import { isNeeded } from '../host/boot-performer.ts'
import { systemdVersion } from '../host/systemd-version.ts'
import type { BootSubject } from '../operations/boot-subjects.ts'
import { BaseCommand } from './base-command.ts'
import { exitStatusOf, worst } from './exit-status.ts'
import { followDisabling, followEnabling } from './follow-boot-plan.ts'
import { chooseSubjects, resolved } from './generate-command.ts'
import { renderFailure } from './render/failure.ts'
import { writeJson } from './render/json.ts'
import { Surroundings } from './surroundings.ts'

export const bootArgs = { names: Args.string({ description: 'names of daemons' }) }

/** What enable, disable and is-enabled have. */
export const bootFlags = {
  all: Flags.boolean({ char: 'a', description: 'all daemons that are defined', helpGroup: 'WHICH DAEMONS' }),
  file: Flags.string({
    char: 'f',
    description: 'the file of definitions',
    helpValue: 'PATH',
    helpGroup: 'WHICH DAEMONS',
  }),
  root: Flags.string({ description: 'an image instead of this host', helpValue: 'DIR' }),
  init: Flags.option({ description: 'the init; without it the one that runs here', options: INIT_KINDS })(),
}

export interface GivenBootFlags {
  readonly json: boolean
  readonly quiet: boolean
  readonly all: boolean
  readonly file?: string | undefined
  readonly root?: string | undefined
  readonly init?: (typeof INIT_KINDS)[number] | undefined
  readonly 'dry-run'?: boolean
}

/** Where, and what: everything that is needed to plan. */
export interface BootWork {
  readonly root: string
  readonly place: BootPlace
  readonly daemons: readonly Enabled[]
}

/** A command that has the host's init start daemons at the boot, or not any more. */
export abstract class BootCommand extends BaseCommand {
  protected async work(flags: GivenBootFlags, names: readonly string[]): Promise<Result<BootWork, Failure>> {
    const surroundings = new Surroundings((text) => this.terminal(flags.quiet).error(`daemonctl: ${text}`))
    const root = resolve(flags.root ?? '/')
    if (!isAbsolute(root) || !isDirectory(root)) {
      return err(failure('usage', 'enabling', `--root ${root} is not a directory`))
    }
    const place = bootPlace(root, flags.init)
    if (place === undefined) {
      return err(
        failure('unsupported', 'enabling', `no init is known ${root === '/' ? 'here' : `in ${root}`}`, {
          remedy: `name it: --init ${INIT_KINDS.join('|')}`,
        }),
      )
    }
    const subjects = await chooseSubjects(surroundings, flags, names, place.init === 'systemd')
    if (!subjects.ok) return subjects
    const daemons: Enabled[] = []
    for (const subject of subjects.value) {
      const made = enabled(surroundings, root, place, subject)
      if (!made.ok) return made
      daemons.push(made.value)
    }
    return ok({ root, place, daemons })
  }

  /** Performs the plan of every daemon, or prints it. */
  protected async follow(verb: 'enable' | 'disable', flags: GivenBootFlags, names: readonly string[]): Promise<void> {
    const terminal = this.terminal(flags.quiet)
    const work = await this.work(flags, names)
    if (!work.ok) return this.finish(this.fail(work.error, { json: flags.json, terminal }))
    const { root, place, daemons } = work.value
    const dryRun = flags['dry-run'] === true
    const told: Json[] = []
    const statuses: number[] = []
    for (const daemon of daemons) {
      const plan = verb === 'enable' ? planEnable : planDisable
      const follow = verb === 'enable' ? followEnabling : followDisabling
      const { done, reason } = dryRun
        ? { done: plan(place, daemon).filter((step) => isNeeded(root, step)), reason: undefined }
        : follow({ root, place, daemon })
      if (!flags.json) {
        for (const step of done) terminal.line(`${daemon.name}: ${tellStep(step, !dryRun)}`)
        if (done.length === 0 && reason === undefined) terminal.line(`${daemon.name}: nothing to do`)
        if (reason !== undefined) terminal.error(renderFailure(daemon.name, reason, terminal.theme))
      }
      statuses.push(exitStatusOf(reason))
      told.push({
        name: daemon.name,
        result: reason === undefined ? (done.length === 0 ? 'nothing' : 'done') : 'failed',
        steps: done.map((step) => plain(step)),
        failure: reason === undefined ? null : plain(reason),
      })
    }
    if (flags.json) {
      terminal.answer(
        writeJson({ version: 1, verb, init: place.init, root, 'dry-run': dryRun, daemons: told, failure: null }),
      )
    }
    this.finish(worst(statuses))
  }
}

/** The files of a daemon for an init; with what systemd must have made beforehand. */
function enabled(
  surroundings: Surroundings,
  root: string,
  place: BootPlace,
  subject: BootSubject,
): Result<Enabled, Failure> {
  const { runtime, log } = surroundings.directories
  const definition = resolved(surroundings, subject.definition)
  const { instance, name } = definition
  if (instance === INSTANCE_MARK && subject.instances.length === 0) {
    return err(
      failure('usage', 'enabling', `${name.replace(INSTANCE_MARK, '')} is a template`, {
        remedy: 'name its instances',
      }),
    )
  }
  const options = {
    runtimeDirectory: runtime,
    logDirectory: log,
    systemdVersion: systemdVersion(root) ?? DEFAULT_OPTIONS.systemdVersion,
  }
  const made = generate(place.init, definition, options)
  if (!made.ok) return made
  const needsDirectories =
    place.init === 'systemd' && made.value.losses.some(({ instead }) => instead.startsWith('gen-tmpfiles'))
  const tmpfiles =
    needsDirectories && instance !== INSTANCE_MARK ? generate('tmpfiles', definition, options) : undefined
  if (tmpfiles !== undefined && !tmpfiles.ok) return tmpfiles
  const files = [...made.value.files, ...(tmpfiles?.value.files ?? [])]
  return ok({
    name: name.replace(`@${INSTANCE_MARK}`, ''),
    instances: subject.instances,
    boot: definition.boot,
    files,
  })
}
