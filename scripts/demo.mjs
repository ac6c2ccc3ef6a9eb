// Starts the example daemon of this checkout, shows it, and says what to do next. Needs no root and asks nothing.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs daemonctl as a user of this checkout does; gives its exit status. */
function daemonctl(...words) {
  console.log(`\n$ npx daemonctl ${words.join(' ')}`)
  const { status } = spawnSync(process.execPath, ['bin/run.js', ...words], { cwd: root, stdio: 'inherit' })
  return status ?? 1
}

const NEXT = `
It runs on, whatever becomes of this terminal. Next, in this directory:

  npx daemonctl status             what runs
  npx daemonctl reload hello       after a change of examples/hello.conf
  npx daemonctl restart hello -n   what a restart would do
  npx daemonctl stop hello         when you have seen enough`

const REFUSED = `
As root, daemonctl believes only definitions that nobody else can write. Run the demo as the owner of this
checkout, or do what the line with the arrow says.`

const status = daemonctl('start', 'hello') || daemonctl('status', 'hello')
if (status === 0) console.log(NEXT)
else if (status === 6 && process.getuid?.() === 0) console.log(REFUSED)
process.exitCode = status
