import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { LAYERS } from './places.ts'

/** Why no real init can be booted here; undefined: it can. */
export function whyNot(): string | undefined {
  if (process.geteuid?.() !== 0) return 'we are not root'
  if (!succeeds('findmnt', '-t', 'cgroup2')) return 'there is no cgroup2 mount'
  if (!succeeds('unshare', '--pid', '--fork', '--mount', 'true')) return 'unshare is refused'
  if (!succeeds('cc', '--version')) return 'there is no C compiler'
  if (!existsSync(LAYERS.sysvinit)) {
    const why = 'test/inits/install.sh has not been run'
    // A step of .ci/run has run it, or has failed.
    if (process.env['DAEMONCTL_CI'] === '1') throw new Error(why)
    return why
  }
  return undefined
}

const succeeds = (program: string, ...words: readonly string[]): boolean =>
  spawnSync(program, words, { stdio: 'ignore', timeout: 20_000 }).status === 0

const why = whyNot()

/** Loudly: in CI as well, where the machine cannot. */
export const skipped = why !== undefined
if (skipped) console.warn(`SKIPPED: no real init is booted, because ${why}`)
