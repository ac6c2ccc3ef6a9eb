import type { EpochMilliseconds } from '../process-facts.ts'

export type Compression = 'none' | 'gzip' | 'zstd'

/** What the name of an archive says. */
export interface ArchiveName {
  /** Pieces of a log are numbered from 1, and never again with the same number. */
  readonly number: number
  /** To the second. */
  readonly at: EpochMilliseconds
  readonly compression: Compression
}

const EXTENSIONS: Readonly<Record<Compression, string>> = { none: '', gzip: '.gz', zstd: '.zst' }

/**
 * `myapp.log` becomes `myapp.log.20261121T143000Z.0007.gz`. Sorted by name they are sorted by age: the time in a name
 * never goes back (see `archiveTime`), and within a second the number decides.
 */
export const archiveName = (base: string, { number, at, compression }: ArchiveName): string =>
  `${base}.${stamp(at)}.${String(number).padStart(4, '0')}${EXTENSIONS[compression]}`

/** undefined: it is not an archive of that log, or not one of ours. */
export function parseArchiveName(base: string, name: string): ArchiveName | undefined {
  if (!name.startsWith(`${base}.`)) return undefined
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.(\d{4,15})(\.gz|\.zst)?$/.exec(name.slice(base.length + 1))
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, number, extension] = match
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(at)) return undefined
  return { number: Number(number), at, compression: compressionOf(extension) }
}

/** The clock may be set back; what is newer must not look older. */
export const archiveTime = (now: EpochMilliseconds, last: EpochMilliseconds | undefined): EpochMilliseconds =>
  Math.max(now, last ?? 0)

const compressionOf = (extension: string | undefined): Compression =>
  extension === '.gz' ? 'gzip' : extension === '.zst' ? 'zstd' : 'none'

const stamp = (at: EpochMilliseconds): string => new Date(at).toISOString().replaceAll(/[-:]/g, '').replace(/\.\d+/, '')
