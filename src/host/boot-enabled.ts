import { spawnSync } from 'node:child_process'
import { lstatSync, readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { enabledLinks, type BootPlace, type Enabled } from '../generate/boot/enabling.ts'
import { followedInRoot } from './boot-root.ts'

/** systemctl may have to wait for a reload. */
const LONGEST_TOOL = 90_000

/** Whether the init of this host, or of the image below `root`, starts a daemon at the boot. */
export function isEnabled(root: string, place: BootPlace, daemon: Enabled): boolean {
  if (place.init === 'systemd' && !place.image) {
    const units = daemon.instances.length > 0 ? daemon.instances : [daemon.name]
    return units.every((unit) => systemdSaysEnabled(`${unit}.service`) === 'enabled')
  }
  return enabledLinks(place, daemon).some((path) => linkExists(root, path))
}

/** Whether a link of this kind is there: the order in its name is the init's own (S01x for S95x). */
function linkExists(root: string, path: string): boolean {
  const directory = followedInRoot(root, dirname(path))
  const [, kind, name] = /^([SK])\d\d(.*)$/.exec(basename(path)) ?? []
  const names = lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(directory) : []
  return names.some((one) => one === basename(path) || (kind === 'S' && /^S\d\d/.test(one) && one.slice(3) === name))
}

/** What systemd says of a unit: "enabled", "disabled", or nothing. */
function systemdSaysEnabled(unit: string): string {
  const { stdout } = spawnSync('systemctl', ['is-enabled', unit], { encoding: 'utf8', timeout: LONGEST_TOOL })
  return (stdout ?? '').trim()
}
