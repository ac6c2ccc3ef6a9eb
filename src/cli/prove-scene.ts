import { failure, type Failure } from '../base/failure.ts'
import { err, type Result } from '../base/result.ts'
import { rescope } from '../decide/prove/rescope.ts'
import type { ProofBench } from '../host/host.ts'
import { observe } from '../operations/observe.ts'
import { Scene } from '../operations/prove/scene.ts'
import { Surroundings } from './surroundings.ts'
import { progressOn } from './daemon-command.ts'
import type { Terminal } from './terminal.ts'

/** The daemon of that name in a scratch place; of several instances the first, for one is as good as another. */
export async function proveScene(
  bench: ProofBench,
  terminal: Terminal,
  file: string | undefined,
  name: string | undefined,
): Promise<Result<Scene, Failure>> {
  const warn = (text: string): void => terminal.error(`daemonctl: ${text}`)
  const choice = { file, all: false, names: name === undefined ? [] : [name], without: 'only-one' } as const
  const real = new Surroundings(warn)
  const found = await real.select(choice)
  if (!found.ok) return found
  const refusal = await whyNotNow(real, found.value[0]?.definition)
  if (refusal !== undefined) return err(refusal)

  const place = (what: string): string => `${bench.directory}/${what}`
  const directories = { runtime: place('run'), state: place('state'), log: place('log'), mode: 0o755 }
  const scratch = new Surroundings(warn, directories)
  // Read once more: where the definition says nothing, pidfile and logs lie in the scratch place.
  const again = await scratch.select(choice)
  if (!again.ok) return again
  const [source] = again.value
  if (source === undefined) return err(failure('not-configured', 'reading the definition', 'no daemon is defined here'))
  const subject = scratch.subject(rescope(source.definition, directories))
  const scene = Scene.at({
    host: scratch.host,
    bench,
    subject,
    progress: { ...progressOn(terminal, subject), warn: () => {} },
    token: `prove-${process.pid}-${scratch.host.clock.now()}`,
  })
  // Somebody who opens his log again must be able to make it.
  const log = scene.ok ? scene.value.directory('log') : scene
  return log.ok ? scene : log
}

/** A second copy beside one that is at work would take its lock, its port or its files. */
async function whyNotNow(
  real: Surroundings,
  definition: Parameters<Surroundings['subject']>[0] | undefined,
): Promise<Failure | undefined> {
  if (definition === undefined) return failure('not-configured', 'reading the definition', 'no daemon is defined here')
  const { condition } = await observe(real.host, real.subject(definition))
  const { name } = definition
  switch (condition.kind) {
    case 'running':
      return failure('failed', 'judging the condition', `${name} runs (PID ${condition.main.pid})`, {
        remedy: `it would be in the way of its copy: daemonctl stop ${name}, then prove it`,
      })
    case 'unknown':
      return failure('unknown-condition', 'judging the condition', `whether ${name} runs cannot be told`, {
        remedy: `daemonctl status ${name} says why`,
      })
    case 'foreign':
    case 'stale':
    case 'stopped':
      return undefined
    default:
      return condition satisfies never
  }
}
