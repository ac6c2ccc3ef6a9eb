// Daemons of the benchmark in a directory of their own, and the watcher that keeps them up.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stampsIn } from './stamp.mjs'

const cli = fileURLToPath(new URL('../bin/run.js', import.meta.url))
// As `watch` executes itself, and as the files of gen-* --watch call it: src/host/own-program.ts.
const FRUGAL = ['--max-semi-space-size=1', '--optimize-for-size']

export const nap = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export const quantile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN

export class Watched {
  constructor(directory, count, stamp) {
    this.count = count
    this.directory = directory
    mkdirSync(join(directory, 'stamps'), { recursive: true })
    const tables = Array.from(
      { length: count },
      (_, index) => `[daemons.d${index}]
command = [${JSON.stringify(stamp)}, ${JSON.stringify(this.file(index))}]
log = { stdout = "null" }
respawn = { policy = "always", burst = 1000000, interval = "1s", delay = "1ms", reset-after = "1ms" }
`,
    )
    writeFileSync(join(directory, 'daemonctl.toml'), tables.join('\n'))
    this.environment = { ...process.env }
    delete this.environment['NODE_EXTRA_CA_CERTS']
    for (const kind of ['CONFIG', 'RUNTIME', 'STATE', 'LOG']) {
      this.environment[`DAEMONCTL_${kind}_DIR`] = join(directory, kind.toLowerCase())
    }
  }

  file(index) {
    return join(this.directory, 'stamps', String(index))
  }

  /** The PID and the first act of the newest process of a daemon. */
  last(index) {
    return stampsIn(this.file(index)).at(-1)
  }

  all() {
    return Array.from({ length: this.count }, (_, index) => this.last(index))
  }

  /** Begins a watcher; milliseconds until it is ready. `flags`: of `watch`. */
  async watch({ flags = [] } = {}) {
    const words = [...FRUGAL, cli, 'watch', '--quiet', '--ready-fd', '3', ...flags]
    return this.begin(process.execPath, words, { cwd: this.directory, env: this.environment })
  }

  async begin(program, words, options = {}) {
    this.begun = process.hrtime.bigint()
    this.watcher = spawn(program, words, { ...options, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
    await once(this.watcher.stdio[3], 'data')
    return Number(process.hrtime.bigint() - this.begun) / 1e6
  }

  async leave() {
    this.watcher.kill('SIGTERM')
    await once(this.watcher, 'exit')
  }

  stopAll() {
    spawnSync(process.execPath, [cli, 'stop', '--all', '--quiet'], { cwd: this.directory, env: this.environment })
  }

  /** Of the watcher: its resident memory in MiB and the CPU time of its threads in milliseconds. */
  usage() {
    const status = readFileSync(`/proc/${this.watcher.pid}/status`, 'utf8')
    const tasks = `/proc/${this.watcher.pid}/task`
    const spent = readdirSync(tasks).map((task) =>
      Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
    )
    return { rss: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024, cpu: spent.reduce((sum, ns) => sum + ns, 0) / 1e6 }
  }

  /** Kills it and gives the milliseconds to the first act of its successor. */
  async kill(index) {
    const before = this.last(index)
    const at = process.hrtime.bigint()
    process.kill(before.pid, 'SIGKILL')
    for (;;) {
      const after = this.last(index)
      if (after !== undefined && after.pid !== before.pid) return Number(after.at - at) / 1e6
      await nap(1)
    }
  }
}
