import { spawnSync } from 'node:child_process'
import { failure, type Failure } from '../base/failure.ts'
import type { Compression } from '../decide/logs/archive-name.ts'

/** Why archives cannot be compressed so on this host; undefined: they can. */
export function compressionObstacle(how: Compression): Failure | undefined {
  if (how !== 'zstd' || nodeHasZstd() || hasZstd()) return undefined
  return failure('unsupported', 'rotating the log', 'zstd is neither in this Node (22.15 has it) nor installed', {
    remedy: 'install zstd, or set log.compress = "gzip"',
  })
}

const nodeHasZstd = (): boolean => 'createZstdCompress' in process.getBuiltinModule('node:zlib')

const hasZstd = (): boolean => spawnSync('zstd', ['--version'], { stdio: 'ignore' }).status === 0
