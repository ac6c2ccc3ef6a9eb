import { spawn, spawnSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { loadNative } from './native.ts'

const STAGE = 'rotating the log'

/** tmpfs, ramfs, btrfs, ZFS, NFS: for these the copy would be made in vain. statfs(2) */
const CANNOT: ReadonlySet<number> = new Set([0x01021994, 0x858458f6, 0x9123683e, 0x2fc12fc1, 0x6969])

export function mayCollapse(path: string): boolean {
  try {
    return process.platform === 'linux' && !CANNOT.has(statfsSync(path).type)
  } catch {
    return false
  }
}

/**
 * fallocate(2), FALLOC_FL_COLLAPSE_RANGE: cuts the head out of a file; whoever has it open for appending notices
 * nothing. ext4 and xfs can do it. Another thread calls it, or else fallocate(1), which knows why it cannot be done: the
 * kernel may wait for the disk. Should we be killed, nobody rotates before it has ended: who is within the call has not
 * gone yet, and the tool holds the lock as well.
 */
export async function collapseHead(fd: number, bytes: number, lock: number): Promise<Result<void, Failure>> {
  const native = loadNative()
  // Nobody else writes to the file while the kernel writes what is behind the cut to the disk.
  await native?.writeOut(fd, { from: bytes })
  if ((await native?.collapse(fd, bytes)) === true) return ok(undefined)
  return collapseByTool(fd, bytes, lock)
}

function collapseByTool(fd: number, bytes: number, lock: number): Promise<Result<void, Failure>> {
  return new Promise((resolve) => {
    const tool = spawn(
      'fallocate',
      ['--collapse-range', '--offset', '0', '--length', String(bytes), '/proc/self/fd/3'],
      {
        stdio: ['ignore', 'ignore', 'pipe', fd, lock],
        env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
      },
    )
    let complaint = ''
    tool.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text))
    tool.on('error', () => resolve(err(impossible('fallocate(1) is not here: install util-linux'))))
    tool.on('close', (code, signal) => {
      if (code === 0) resolve(ok(undefined))
      else if (code !== null) resolve(err(impossible(complaint.trim().replace(/^fallocate: /, ''))))
      else resolve(err(failure('failed', STAGE, `fallocate(1) was ended by ${signal ?? 'a signal'}`)))
    })
  })
}

const impossible = (why: string): Failure =>
  failure('unsupported', STAGE, `the head of a log cannot be cut out here: ${why}`)

/** Where on the disk the first block of a file is, as filefrag(8) tells it. */
export function firstBlockOf(fd: number): string | undefined {
  const { stdout, status } = spawnSync('filefrag', ['-v', '-s', '/proc/self/fd/3'], {
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'ignore', fd],
  })
  if (status !== 0) return undefined
  //    0:        0..      15:   33280..     33295:     16:             last,eof
  return /^\s*0:\s+0\.\.\s*\d+:\s*(\d+)\.\./m.exec(stdout)?.[1]
}
