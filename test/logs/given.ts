import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { LogSettings } from '../../src/definition/definition.ts'
import { definitionFromFlags } from '../../src/definition/flags.ts'
import type { Host } from '../../src/host/host.ts'
import { realHost } from '../../src/host/real-host.ts'
import { decompressed } from '../../src/host/log-compress.ts'
import { compressionObstacle } from '../../src/host/log-compression.ts'
import { DiskLogFiles } from '../../src/host/log-disk.ts'
import type { LogFiles } from '../../src/host/log-files.ts'
import type { Subject } from '../../src/operations/run.ts'

/** A log in a directory of its own, and a host that rotates it. */
export interface Given {
  readonly directory: string
  readonly path: string
  readonly host: Host
  readonly files: LogFiles
  subject(log?: Partial<LogSettings>): Subject
  append(text: string): void
  /** Everything that archives and live file hold, in order. */
  everything(): Promise<string>
}

// What the build defines.
vi.stubGlobal('FAULT_POINTS', false)

/** Where zstd is not to be had, a second round of gzip. */
export const ZSTD = compressionObstacle('zstd') === undefined ? 'zstd' : 'gzip'

export const uid = process.geteuid?.() ?? 0

export function givenLog(place: string = tmpdir()): Given {
  const directory = mkdtempSync(join(place, 'daemonctl-logs-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  for (const name of ['run', 'state', 'log']) mkdirSync(join(directory, name))
  const directories = {
    definitions: directory,
    runtime: join(directory, 'run'),
    state: join(directory, 'state'),
    log: join(directory, 'log'),
    mode: 0o755,
  }
  const path = join(directory, 'log', 'd.log')
  const files = new DiskLogFiles({ uid })
  const host = realHost(directories, { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }, () => {})
  return {
    directory,
    path,
    host,
    files,
    append: (text) => appendFileSync(path, text),
    everything: async () => {
      const archives = files.archives(path)
      if (!archives.ok) throw new Error(archives.error.message)
      let all = ''
      for (const archive of archives.value) all += await contentOf(archive.path, archive.compression)
      return all + readFileSync(path, 'latin1')
    },
    subject: (log = {}) => {
      const made = definitionFromFlags({
        name: 'd',
        values: { pidfile: join(directory, 'run', 'd.pid'), command: ['/bin/true'] },
        context: {
          home: directory,
          hostname: 'h',
          runtimeDirectory: directories.runtime,
          logDirectory: directories.log,
          directory,
        },
      })
      if (!made.ok) throw new Error('the definition is wrong')
      const definition = { ...made.value, log: { ...made.value.log, ...log } }
      return {
        definition,
        key: 'd',
        demanding: false,
        expected: () => ({ executable: undefined, likelyExecutable: undefined, uid: undefined, demanded: false }),
        hash: () => '',
      }
    },
  }
}

async function contentOf(path: string, compression: 'none' | 'gzip' | 'zstd'): Promise<string> {
  if (compression === 'none') return readFileSync(path, 'latin1')
  const fd = openSync(path, 'r')
  try {
    const chunks: Buffer[] = []
    for await (const chunk of decompressed(compression, fd)) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks).toString('latin1')
  } finally {
    closeSync(fd)
  }
}

/** So many lines with numbers, of the same length. */
export const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `${String(from + index).padStart(8, '0')} ${'x'.repeat(90)}\n`).join(
    '',
  )
