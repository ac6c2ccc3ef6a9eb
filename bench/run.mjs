// `npm run bench` measures everything, `npm run bench -- NAME...` parts of it: bounds (what daemonctl promises), peers
// (beside other supervisors; any of status, start-stop, respawn, crowd), watch (the watcher alone), logs, metrics (what
// monitors cost). `--markdown`: tables as docs/performance.md has them; `--json`: bounds and peers also write their figures into bench/results/.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PARTS = ['bounds', 'peers', 'watch', 'logs', 'metrics']
const OF_PEERS = ['status', 'start-stop', 'respawn', 'crowd']

const words = process.argv.slice(2)
const options = words.filter((word) => word.startsWith('--'))
const names = words.filter((word) => !options.includes(word))
const unknown = names.filter((name) => !PARTS.includes(name) && !OF_PEERS.includes(name))
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}: ${[...PARTS, ...OF_PEERS].join(', ')}`)
  process.exit(2)
}
const sections = names.filter((name) => OF_PEERS.includes(name))
let failed = false
for (const part of PARTS) {
  const asked = names.length === 0 || names.includes(part) || (part === 'peers' && sections.length > 0)
  if (!asked) continue
  const file = fileURLToPath(new URL(`${part}.mjs`, import.meta.url))
  const args = part === 'peers' ? [...sections, ...options] : options
  const { status } = spawnSync(process.execPath, [file, ...args], { stdio: 'inherit' })
  if (status !== 0) failed = true
}
process.exitCode = failed ? 1 : 0
