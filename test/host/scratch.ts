import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An empty directory that is gone after the test. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'daemonctl-test-'))
  chmodSync(directory, 0o755)
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export const uid = process.geteuid?.() ?? 0
export const isRoot = uid === 0
/** Somebody else: no account needs to have this number. */
export const STRANGER = 64_321

/** The same, for root only: a test that is left out says why in its name. */
export const rootOnly = (name: string): string => (isRoot ? name : `${name} (left out: only root can give files away)`)

/** A signal that is aborted when the test is over, so that nothing waits on. */
export function untilTestEnds(): AbortSignal {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  return controller.signal
}

/** Files with the permissions that they say, whatever the umask of whoever runs the tests. */
export function withUmask<T>(umask: number, action: () => T): T {
  const before = process.umask(umask)
  try {
    return action()
  } finally {
    process.umask(before)
  }
}

/** Does something as somebody without rights: root is stopped by no permission. */
export function withoutRights<T>(action: () => T): T {
  if (!isRoot) return action()
  process.seteuid?.(STRANGER)
  try {
    return action()
  } finally {
    process.seteuid?.(0)
  }
}
