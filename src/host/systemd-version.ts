import { spawnSync } from 'node:child_process'

/** The version of the host's systemd, 252; undefined where there is none. `systemctl --version` asks nobody. */
export function systemdVersion(): number | undefined {
  const { stdout, error } = spawnSync('systemctl', ['--version'], { encoding: 'utf8', timeout: 5000 })
  const version = error === undefined ? /^systemd (\d+)/.exec(stdout)?.[1] : undefined
  return version === undefined ? undefined : Number(version)
}
