import { closeSync, fstatSync, readSync } from 'node:fs'
import type { Compression } from '../decide/logs/archive-name.ts'
import type { FileId } from '../decide/logs/rotation-state.ts'
import type { OpenPiece } from './log-files.ts'

const BLOCK = 256 * 1024

export function openPiece(fd: number, file: FileId, compression: Compression): OpenPiece {
  let block: Buffer | undefined
  const read = (offset: number, most = BLOCK): Buffer => {
    block ??= Buffer.allocUnsafe(BLOCK)
    return block.subarray(0, readSync(fd, block, 0, Math.min(most, BLOCK), offset))
  }
  return {
    file,
    compression,
    size: () => fstatSync(fd).size,
    read,
    async *stream() {
      if (compression !== 'none') {
        const { decompressed } = await import('./log-compress.ts')
        for await (const chunk of decompressed(compression, fd)) yield Buffer.from(chunk)
        return
      }
      for (let offset = 0; ;) {
        const bytes = read(offset)
        if (bytes.length === 0) return
        offset += bytes.length
        yield bytes
      }
    },
    close: () => closeSync(fd),
  }
}
