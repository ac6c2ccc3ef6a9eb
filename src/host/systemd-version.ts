import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { followedInRoot } from './boot-root.ts'

/**
 * The version of the systemd of the host, or of an image below `root`: 252; undefined where there is none, or none that
 * can be told. The name of systemd's own library says it, and is read in a tenth of the time that systemctl takes.
 */
export function systemdVersion(root = '/'): number | undefined {
  const [version, ...others] = librariesIn(root)
  if (version !== undefined && others.length === 0) return version
  return root === '/' ? saidBySystemctl() : undefined
}

/** libsystemd-shared-252.so, libsystemd-shared-257.7-1.fc42.so: so called since 231. */
const LIBRARY = /^libsystemd-shared-(\d{3})\b[^/]*\.so$/

/** Different versions only: several of these directories may be one. */
function librariesIn(root: string): readonly number[] {
  const ofArchitecture = namesIn(root, '/usr/lib').filter((name) => name.includes('-linux-'))
  const directories = [
    '/usr/lib/systemd',
    '/usr/lib64/systemd',
    '/lib/systemd',
    ...ofArchitecture.map((name) => `/usr/lib/${name}/systemd`),
  ]
  const names = directories.flatMap((directory) => namesIn(root, directory))
  return [...new Set(names.flatMap((name) => LIBRARY.exec(name)?.[1] ?? []).map(Number))]
}

function namesIn(root: string, directory: string): readonly string[] {
  try {
    return readdirSync(followedInRoot(root, directory))
  } catch {
    return []
  }
}

/** `systemctl --version` asks nobody. */
function saidBySystemctl(): number | undefined {
  const { stdout, error } = spawnSync('systemctl', ['--version'], { encoding: 'utf8', timeout: 5000 })
  const version = error === undefined ? /^systemd (\d+)/.exec(stdout)?.[1] : undefined
  return version === undefined ? undefined : Number(version)
}
