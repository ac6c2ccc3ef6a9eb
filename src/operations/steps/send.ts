import { failure } from '../../base/failure.ts'
import { err, ok } from '../../base/result.ts'
import type { Step } from '../../decide/plan/step.ts'
import type { Run, StepOutcome } from '../run.ts'

/** One signal to the main process. */
export function send(run: Run, { signal, because }: Extract<Step, { do: 'send' }>): StepOutcome {
  if (run.main === undefined) return ok(undefined)
  switch (run.host.signaller.send(run.main, signal)) {
    case 'sent':
      return ok(undefined)
    case 'gone':
      return err(
        failure(
          'not-running',
          because === 'reload' ? 'reloading' : 'signalling',
          `pid ${run.main.pid} ended before it could be signalled`,
        ),
      )
    case 'not-permitted':
      return err(
        failure('not-permitted', 'signalling', `pid ${run.main.pid} may not be signalled by us`, {
          remedy: 'run daemonctl as root or as the user of the daemon',
        }),
      )
  }
}
