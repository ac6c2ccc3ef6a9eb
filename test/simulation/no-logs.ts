import { failure } from '../../src/base/failure.ts'
import { err, ok } from '../../src/base/result.ts'
import type { Captures } from '../../src/host/host.ts'
import type { LogFiles } from '../../src/host/log-files.ts'

const nothing = err(failure('failed', 'rotating the log', 'this world has no logs to rotate'))

/** In the simulated world logs are never long enough to be rotated. */
export const NO_LOGS: LogFiles = {
  locate: (path) => ok(path),
  lockKey: (path) => `+log${path.replaceAll('/', '-')}`,
  live: () => ok(undefined),
  state: () => undefined,
  archives: () => ok([]),
  copied: () => undefined,
  obstacle: () => undefined,
  writers: () => [],
  open: () => ok(undefined),
  changed: () => Promise.resolve(),
  writeState: () => nothing,
  copyHead: () => Promise.resolve(nothing),
  settleArchive: () => Promise.resolve(nothing),
  settleTail: () => Promise.resolve(),
  beginsWithCopy: () => Promise.resolve(false),
  repeatsFrom: () => false,
  firstBlock: () => undefined,
  collapse: () => Promise.resolve(nothing),
  truncate: () => nothing,
  promoteCopy: () => nothing,
  discardCopy: () => {},
  moveAside: () => nothing,
  remake: () => nothing,
  compress: () => Promise.resolve(nothing),
  removeArchive: () => nothing,
}

/** Nor is anything captured. */
export const NO_CAPTURES: Captures = {
  look: () => [],
  revive: () => ok([]),
  hold: () => ({ close() {} }),
}
