import { spawn } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import type { Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as zlib from 'node:zlib'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { compressionObstacle } from './log-compression.ts'
import { explain } from './system-error.ts'

type Packing = 'gzip' | 'zstd'

const STAGE = 'rotating the log'
const CHUNK = 256 * 1024

/** Compresses from one descriptor to another, with neither closed. The lock goes to the program that does it, if one does. */
export async function compressInto(
  how: Packing,
  from: number,
  to: number,
  lock: number,
): Promise<Result<void, Failure>> {
  const obstacle = compressionObstacle(how)
  if (obstacle !== undefined) return err(obstacle)
  try {
    const transform = how === 'gzip' ? zlib.createGzip({ chunkSize: CHUNK }) : zlibStream('createZstdCompress')?.()
    if (transform === undefined) return await runZstd(from, to, lock)
    await pipeline(
      createReadStream('', { fd: from, autoClose: false, start: 0, highWaterMark: CHUNK }),
      transform,
      createWriteStream('', { fd: to, autoClose: false }),
    )
    return ok(undefined)
  } catch (error) {
    return err(failure('failed', STAGE, `an archive cannot be compressed: ${explain(error)}`))
  }
}

/** The plain bytes of a compressed archive. Ends with an error where it is damaged. */
export function decompressed(how: Packing, fd: number): Readable {
  const stream = how === 'gzip' ? zlib.createGunzip({ chunkSize: CHUNK }) : zlibStream('createZstdDecompress')?.()
  if (stream === undefined) return unzstd(fd)
  const source = createReadStream('', { fd, autoClose: false, start: 0, highWaterMark: CHUNK })
  return source.on('error', (error) => stream.destroy(error)).pipe(stream)
}

function runZstd(from: number, to: number, lock: number): Promise<Result<void, Failure>> {
  return new Promise((resolve) => {
    const tool = spawn('zstd', ['-q', '-c'], { stdio: [from, to, 'pipe', lock] })
    let complaint = ''
    tool.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text))
    tool.on('error', (error) => resolve(err(failure('failed', STAGE, `zstd cannot be run: ${error.message}`))))
    tool.on('close', (code) =>
      resolve(code === 0 ? ok(undefined) : err(failure('failed', STAGE, `zstd failed: ${complaint.trim()}`))),
    )
  })
}

function unzstd(fd: number): Readable {
  const tool = spawn('zstd', ['-q', '-d', '-c'], { stdio: [fd, 'pipe', 'ignore'] })
  const { stdout } = tool
  if (stdout === null) throw new Error('zstd has no output')
  tool.on('error', (error) => stdout.destroy(error))
  tool.on('exit', (code) => {
    if (code !== 0 && code !== null) stdout.destroy(new Error('zstd cannot read it'))
  })
  return stdout
}

/** In Node since 22.15 and 23.8; our types are those of Node 20. */
function zlibStream(name: 'createZstdCompress' | 'createZstdDecompress'): (() => Duplex) | undefined {
  const create: unknown = Reflect.get(zlib, name)
  return typeof create === 'function' ? () => Reflect.apply(create, zlib, []) as Duplex : undefined
}
