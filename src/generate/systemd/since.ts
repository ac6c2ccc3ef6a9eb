import type { Losses } from '../losses.ts'

/**
 * The version of systemd from which a key is understood; keys that are not here are older than any systemd in use.
 * From the manual pages, corrected where they group keys under one heading; the real 247, 252 and 257 agree.
 */
const SINCE: Readonly<Record<string, number>> = {
  RuntimeMaxSec: 229,
  AmbientCapabilities: 229,
  StartLimitIntervalSec: 230,
  MemoryMax: 231,
  MemoryDenyWriteExecute: 231,
  ReadWritePaths: 231,
  RestrictRealtime: 231,
  ProtectControlGroups: 232,
  ProtectKernelModules: 232,
  ProtectKernelTunables: 232,
  RemoveIPC: 232,
  RestrictNamespaces: 233,
  LockPersonality: 235,
  LogsDirectory: 235,
  LogsDirectoryMode: 235,
  RuntimeDirectoryPreserve: 235,
  FinalKillSignal: 240,
  WatchdogSignal: 240,
  ProtectHostname: 242,
  RestrictSUIDSGID: 242,
  ProtectKernelLogs: 244,
  ProtectClock: 245,
  ProtectProc: 247,
  RestartMaxDelaySec: 254,
  RestartSteps: 254,
}

/** Values that are younger than their keys: what is not known of a list would leave an empty one. */
const VALUES_SINCE: readonly (readonly [value: RegExp, since: number])[] = [
  [/^ProtectSystem=strict$/, 232],
  // @system-service came last of the sets that are used.
  [/^SystemCallFilter=/, 239],
]

/** Removes what a version does not understand: it would only be warned about at every load. */
export function gate(text: string, version: number, losses: Losses): string {
  const lines = text.split('\n').filter((line) => {
    const key = /^([A-Za-z]+)=/.exec(line)?.[1]
    const ofValue = VALUES_SINCE.find(([value]) => value.test(line))?.[1]
    const since = ofValue ?? (key === undefined ? undefined : SINCE[key])
    if (since === undefined || since <= version) return true
    const what = ofValue === undefined ? `${key}=` : line
    losses.note(`systemd ${version}`, `${what} is understood from systemd ${since} on`, 'it is left out')
    return false
  })
  return lines.join('\n')
}
