// The verbs once round, under the Node that runs this file: `NODE test/smoke.mjs`.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'daemonctl-smoke-')))
const environment = {
  ...process.env,
  DAEMONCTL_CONFIG_DIR: join(scratch, 'config'),
  DAEMONCTL_RUNTIME_DIR: join(scratch, 'run'),
  DAEMONCTL_STATE_DIR: join(scratch, 'state'),
  DAEMONCTL_LOG_DIR: join(scratch, 'log'),
}
writeFileSync(
  join(scratch, 'daemonctl.toml'),
  `[daemons.sleeper]
command = ["/bin/sh", "-c", "trap 'echo reloaded' HUP; trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]
`,
)

function daemonctl(expected, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: scratch,
    env: environment,
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.equal(status, expected, `${args.join(' ')} gave ${status}\n${stdout}${stderr}`)
  return stdout
}

try {
  daemonctl(3, 'status', 'sleeper')
  daemonctl(7, 'reload', 'sleeper')
  daemonctl(0, 'start', 'sleeper')
  const { pid } = JSON.parse(daemonctl(0, 'status', 'sleeper', '--json')).daemons[0]
  daemonctl(0, 'start', 'sleeper')
  daemonctl(0, 'reload', 'sleeper')
  assert.equal(JSON.parse(daemonctl(0, 'status', '--json')).daemons[0].pid, pid)
  daemonctl(0, 'restart', 'sleeper')
  assert.notEqual(JSON.parse(daemonctl(0, 'status', '--json')).daemons[0].pid, pid)
  assert.match(daemonctl(0, 'stop', '--dry-run', 'sleeper'), /send TERM/)
  daemonctl(0, 'history', 'sleeper')
  daemonctl(0, 'check')
  daemonctl(0, 'show', 'sleeper')
} finally {
  daemonctl(0, 'stop', 'sleeper')
  daemonctl(3, 'status', 'sleeper')
  rmSync(scratch, { recursive: true, force: true })
}
