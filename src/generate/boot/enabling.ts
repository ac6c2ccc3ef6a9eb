import { posix } from 'node:path'
import type { BootSettings } from '../../definition/definition.ts'
import type { GeneratedFile } from '../generated.ts'
import { orderView } from '../systemd/names.ts'
import type { InitKind } from './init-kind.ts'
import type { BootStep } from './step.ts'

/** What must be known of a host or an image to enable something there. */
export interface BootPlace {
  readonly init: InitKind
  /** An image: nothing runs there, so every tool is replaced by the links it would make. */
  readonly image: boolean
  /** The init runs now: it must be told of new files. Else it is a container that is being made, or a chroot. */
  readonly running: boolean
  /** Of update-rc.d, chkconfig, insserv: the first that is there. */
  readonly tool: 'update-rc.d' | 'chkconfig' | 'insserv' | undefined
  /** The directory in which rc2.d and its like are: /etc, or /etc/rc.d. */
  readonly runlevels: string
  /** What runit or s6 looks through. */
  readonly scanned: string
}

export interface Enabled {
  /** The name of the daemon, or of the definition where `instances` are not empty. */
  readonly name: string
  readonly instances: readonly string[]
  readonly boot: BootSettings
  readonly files: readonly GeneratedFile[]
}

/** From files and links that are not there to a daemon that starts at the boot. */
export function planEnable(place: BootPlace, daemon: Enabled): readonly BootStep[] {
  const writes = inOrder(daemon.files).map((file) => ({ do: 'write', ...file }) as const)
  return [...writes, ...removalsOf(outdated(place, daemon)), ...links(place, daemon)]
}

/** The way back: the links first, then the files. */
export function planDisable(place: BootPlace, daemon: Enabled): readonly BootStep[] {
  const old = outdated(place, daemon)
  const removals = [...removalsOf(old), ...removalsOf(inOrder(daemon.files))]
  const directories = directoriesOf([...daemon.files, ...old]).map(
    (path) => ({ do: 'remove-directory', path }) as const,
  )
  const { before, after } = unlinks(place, daemon)
  return [...before, ...removals, ...directories, ...after]
}

/**
 * What an enabling that has failed after its first tool has the tools do, before its files are as they were and after.
 * One that was enabled before stays so: its links are those of the files that are put back.
 */
export function planTakingBack(
  place: BootPlace,
  daemon: Enabled,
  wasEnabled: boolean,
): { readonly before: readonly BootStep[]; readonly after: readonly BootStep[] } {
  if (!wasEnabled) return unlinks(place, daemon)
  return { before: [], after: place.init === 'systemd' ? reloading(place) : [] }
}

const reloading = ({ running }: BootPlace): readonly BootStep[] =>
  running ? [{ do: 'run', argv: ['systemctl', 'daemon-reload'] }] : []

type Removable = Omit<OrderedFile, 'text' | 'mode'> & { readonly text?: string }

const removalsOf = (files: readonly Removable[]): readonly BootStep[] =>
  files.map(({ path, text, speaker }) => ({ do: 'remove', path, ...(text === undefined ? {} : { text }), speaker }))

/** What the directory of a daemon may hold and need not. */
const OPTIONAL: Readonly<Partial<Record<InitKind, readonly string[]>>> = {
  runit: ['check', 'control/h', 'control/t', 'log/run'],
  s6: ['notification-fd', 'down-signal', 'timeout-kill', 'max-death-tally', 'data/check', 'data/reload', 'log/run'],
}

/** What an older form of the definition may have asked for: a supervisor would go by it still. */
function outdated({ init }: BootPlace, { files }: Enabled): readonly Removable[] {
  const speaker = files[0]?.path ?? ''
  const paths = new Set(files.map(({ path }) => path))
  return (OPTIONAL[init] ?? [])
    .map((name) => posix.join(posix.dirname(speaker), name))
    .filter((path) => !paths.has(path))
    .map((path) => ({ path, speaker }))
}

interface OrderedFile {
  readonly path: string
  readonly text: string
  readonly mode: number
  readonly speaker: string | undefined
}

/** Of several in a directory of their own the first one, which says whose they are, comes last. */
function inOrder(files: readonly GeneratedFile[]): readonly OrderedFile[] {
  const [first, ...others] = files
  if (first === undefined) return []
  const speaker = directoriesOf(files).length > 0 ? first.path : undefined
  return [...others, first].map(({ path, text, mode }) => ({ path, text, mode, speaker }))
}

/** The directories that hold nothing but files of one daemon, the innermost first; none where a file stands alone. */
function directoriesOf(files: readonly { readonly path: string }[]): readonly string[] {
  const base = posix.dirname(files[0]?.path ?? '')
  const directories = [...new Set(files.map(({ path }) => posix.dirname(path)))]
  if (files.length < 2 || !directories.every((one) => one === base || one.startsWith(`${base}/`))) return []
  return directories.toSorted((a, b) => b.length - a.length)
}

/** The links by which a daemon is known to be enabled: one of them is enough. */
export function enabledLinks(place: BootPlace, daemon: Enabled): readonly string[] {
  // launchd starts whatever lies in its directory.
  if (place.init === 'launchd') return daemon.files.map(({ path }) => path)
  return linksOf(place, daemon).map(({ path }) => path)
}

function links(place: BootPlace, daemon: Enabled): readonly BootStep[] {
  const script = scriptOf(daemon)
  const byHand = linksOf(place, daemon)
  if (place.image) return byHand
  switch (place.init) {
    case 'systemd':
      return [
        ...reloading(place),
        { do: 'run', argv: ['systemctl', 'enable', ...unitsOf(daemon)] },
        // Last, because nothing takes it back.
        ...daemon.files.flatMap((file) =>
          place.running && file.path.startsWith('/etc/tmpfiles.d/')
            ? [{ do: 'run', argv: ['systemd-tmpfiles', '--create', file.path] } as const]
            : [],
        ),
      ]
    case 'sysvinit':
      switch (place.tool) {
        case 'update-rc.d':
          return [{ do: 'run', argv: ['update-rc.d', script, 'defaults'] }]
        case 'chkconfig':
          return [
            { do: 'run', argv: ['chkconfig', '--add', script] },
            { do: 'run', argv: ['chkconfig', script, 'on'] },
          ]
        case 'insserv':
          return [{ do: 'run', argv: ['insserv', script] }]
        case undefined:
          return byHand
      }
      return byHand
    case 'openrc':
      return [{ do: 'run', argv: ['rc-update', 'add', script, levelOf(daemon)] }]
    case 'launchd':
      return [{ do: 'run', argv: ['launchctl', 'load', '-w', daemon.files[0]?.path ?? ''] }]
    case 'runit':
    case 's6':
      return byHand
  }
}

function unlinks(place: BootPlace, daemon: Enabled): { before: readonly BootStep[]; after: readonly BootStep[] } {
  const script = scriptOf(daemon)
  const byHand = linksOf(place, daemon).map(({ path }) => ({ do: 'remove', path }) as const)
  if (place.image) {
    // As systemctl does, which takes an empty directory of links away with its last link.
    const directories = place.init === 'systemd' ? [...new Set(byHand.map(({ path }) => posix.dirname(path)))] : []
    return { before: [...byHand, ...directories.map((path) => ({ do: 'remove-directory', path }) as const)], after: [] }
  }
  const run = (...argv: readonly [string, ...string[]]): readonly BootStep[] => [{ do: 'run', argv }]
  switch (place.init) {
    case 'systemd':
      return {
        before: run('systemctl', 'disable', ...unitsOf(daemon)),
        after: reloading(place),
      }
    case 'sysvinit':
      switch (place.tool) {
        case 'update-rc.d':
          return { before: [], after: run('update-rc.d', script, 'remove') }
        case 'chkconfig':
          return { before: run('chkconfig', '--del', script), after: [] }
        case 'insserv':
          return { before: run('insserv', '-r', script), after: [] }
        case undefined:
          return { before: byHand, after: [] }
      }
      return { before: byHand, after: [] }
    case 'openrc':
      return { before: run('rc-update', 'del', script, levelOf(daemon)), after: [] }
    case 'launchd':
      return { before: run('launchctl', 'unload', '-w', daemon.files[0]?.path ?? ''), after: [] }
    case 'runit':
    case 's6':
      return { before: byHand, after: [] }
  }
}

type Link = Extract<BootStep, { do: 'link' }>

/** What the tools of an init make: links, in all of them but launchd. */
function linksOf(place: BootPlace, daemon: Enabled): readonly Link[] {
  const file = daemon.files[0]?.path ?? ''
  const script = scriptOf(daemon)
  switch (place.init) {
    case 'systemd':
      return orderView({ boot: daemon.boot }, false)
        .wantedBy.split(' ')
        .flatMap((target) =>
          unitsOf(daemon).map((unit): Link => ({
            do: 'link',
            path: `/etc/systemd/system/${target}.wants/${unit}`,
            to: file,
          })),
        )
    case 'sysvinit': {
      const { runlevels, startPriority, stopPriority } = daemon.boot
      return '0123456'.split('').map((level): Link => {
        const order = runlevels.includes(level) ? `S${two(startPriority)}` : `K${two(stopPriority)}`
        return { do: 'link', path: `${place.runlevels}/rc${level}.d/${order}${script}`, to: `../init.d/${script}` }
      })
    }
    case 'openrc':
      return [{ do: 'link', path: `/etc/runlevels/${levelOf(daemon)}/${script}`, to: file }]
    case 'runit':
    case 's6': {
      const directory = posix.dirname(file)
      return [{ do: 'link', path: `${place.scanned}/${script}`, to: directory }]
    }
    case 'launchd':
      return []
  }
}

const two = (number: number): string => String(number).padStart(2, '0')

/** The name of an init script, which has no @. */
const scriptOf = ({ name }: Enabled): string => name.replace('@', '-')

const unitsOf = ({ name, instances }: Enabled): readonly [string, ...string[]] => {
  const [first = name, ...others] = instances
  return [`${first}.service`, ...others.map((instance) => `${instance}.service`)]
}

/** Of OpenRC; targets of systemd mean nothing to it. */
const levelOf = ({ boot }: Enabled): string => boot.wantedBy.find((level) => !level.includes('.')) ?? 'default'
