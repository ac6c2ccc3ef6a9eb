import { ok } from '../../base/result.ts'
import type { Step } from '../../decide/plan/step.ts'
import type { Notification } from '../../decide/watch/notification.ts'
import type { ReloadHearing, Run, StepOutcome } from '../run.ts'

/** Hears from now on what the daemon says of the reload, or of the end, that is about to be asked of it. sd_notify(3) */
export function listen(run: Run, { demanded }: Extract<Step, { do: 'listen' }>): StepOutcome {
  const { host, subject, main, record, progress } = run
  const opened = ((): string | undefined => {
    if (main === undefined || record?.speaks !== true)
      return 'it was not given a NOTIFY_SOCKET for that when it was started'
    if (host.ears.isTaken(subject.key)) return 'another process listens to it'
    const tracker = tracking(host.clock.monotonic(), () => host.clock.monotonic(), demanded)
    const ear = host.ears.open(subject.key, { uid: record.uid, pid: main.pid }, tracker.heard)
    if (!ear.ok) return ear.error.message
    run.hearing = { ...tracker.hearing, listen: () => ear.value.listen(), close: () => ear.value.close() }
    return undefined
  })()
  if (opened !== undefined && demanded) progress.warn(`when it has reloaded cannot be known: ${opened}`)
  return ok(undefined)
}

/** What it says of an earlier reload, or of one of its own accord, is not meant: that one began before `since`. */
function tracking(
  since: number,
  now: () => number,
  demanded: boolean,
): { readonly heard: (said: Notification) => void; readonly hearing: Omit<ReloadHearing, 'listen' | 'close'> } {
  let reloading = false
  let mainPid: number | undefined
  let patience = 0
  let isReady = (): void => {}
  const ready = new Promise<void>((resolve) => (isReady = resolve))
  return {
    heard(said) {
      mainPid = said.mainPid ?? mainPid
      if (said.longer !== undefined) patience = now() + said.longer
      if (said.reloading !== undefined && (said.reloading.since ?? since) >= since) reloading = true
      // Where it must say something, older daemons say the one and not the other.
      if (said.ready && (reloading || demanded)) isReady()
    },
    hearing: { ready, isReloading: () => reloading, mainPid: () => mainPid, patience: () => patience },
  }
}
