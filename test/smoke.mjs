// The verbs once round, under the Node that runs this file: `NODE test/smoke.mjs`, or with a file that is a daemonctl:
// `NODE test/smoke.mjs FILE`.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const file = process.argv[2]
const [program, ...before] =
  file === undefined ? [process.execPath, fileURLToPath(new URL('../bin/run.js', import.meta.url))] : [resolve(file)]
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'daemonctl-smoke-')))
const environment = {
  ...process.env,
  // A script's first line asks for "node".
  PATH: dirname(process.execPath) + delimiter + process.env.PATH,
  DAEMONCTL_CONFIG_DIR: join(scratch, 'config'),
  DAEMONCTL_RUNTIME_DIR: join(scratch, 'run'),
  DAEMONCTL_STATE_DIR: join(scratch, 'state'),
  DAEMONCTL_LOG_DIR: join(scratch, 'log'),
  DAEMONCTL_CACHE_DIR: join(scratch, 'cache'),
}
writeFileSync(
  join(scratch, 'daemonctl.toml'),
  `[daemons.sleeper]
command = ["/bin/sh", "-c", "trap 'echo reloaded' HUP; trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]

[daemons.talker]
command = ["/bin/sh", "-c", "echo said; exec sleep 1000"]
log = { capture = true, format = "json" }
start = { ready = { log = "said" } }
`,
)

function daemonctl(expected, ...args) {
  const { status, stdout, stderr } = spawnSync(program, [...before, ...args], {
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
  assert.equal(JSON.parse(daemonctl(0, 'status', 'sleeper', '--json')).daemons[0].pid, pid)
  daemonctl(0, 'restart', 'sleeper')
  assert.notEqual(JSON.parse(daemonctl(0, 'status', 'sleeper', '--json')).daemons[0].pid, pid)
  assert.match(daemonctl(0, 'stop', '--dry-run', 'sleeper'), /send TERM/)
  daemonctl(0, 'history', 'sleeper')
  daemonctl(0, 'check')
  daemonctl(0, 'show', 'sleeper')
  assert.match(daemonctl(0, '--version'), /^daemonctl\/\d/)
  assert.match(daemonctl(0, 'help', 'start'), /USAGE/)
  assert.match(daemonctl(0, 'start', '--help'), /USAGE/)
  daemonctl(2, 'start', '--no-such-flag')
  assert.match(daemonctl(0, 'completion', 'bash'), /complete/)
  assert.match(daemonctl(0, 'gen-systemd', 'sleeper'), /^\[Unit\]/m)
  // daemonctl starts itself: as a reader of output, and as a watcher.
  daemonctl(0, 'start', 'talker')
  daemonctl(0, 'stop', 'talker')
  assert.match(readFileSync(join(scratch, 'log/talker.log'), 'utf8'), /^\{.*"said".*\}$/m)
  daemonctl(0, 'watch', '--detach')
  daemonctl(0, 'restart', 'sleeper')
} finally {
  daemonctl(0, 'stop', 'sleeper', 'talker')
  daemonctl(0, 'watch', '--stop')
  daemonctl(3, 'status', 'sleeper')
  rmSync(scratch, { recursive: true, force: true })
}
