import { err, ok, type Result } from './result.ts'

/** An amount of memory or disk in bytes. */
export type Bytes = number

const UNITS: Readonly<Record<string, Bytes>> = {
  b: 1,
  k: 1024,
  kib: 1024,
  kb: 1000,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  mb: 1e6,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  gb: 1e9,
  t: 1024 ** 4,
  tib: 1024 ** 4,
  tb: 1e12,
}

/** Reads "64 MiB", "10M", "1.5 GB" or a bare number of bytes. */
export function parseSize(text: string | number): Result<Bytes, string> {
  if (typeof text === 'number') {
    return Number.isSafeInteger(text) && text >= 0 ? ok(text) : err(`${text} is not a size in bytes`)
  }
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text)
  const factor = UNITS[(match?.[2] ?? '').toLowerCase() || 'b']
  if (match === null || factor === undefined) {
    return err(`${JSON.stringify(text)} is not a size, such as "64 MiB" or "10M"`)
  }
  return ok(Math.floor(Number(match[1]) * factor))
}

/** Writes a size for people: "812 B", "21.4 MiB". */
export function formatSize(bytes: Bytes): string {
  const steps = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let step = 0
  while (value >= 1024 && step < steps.length - 1) {
    value /= 1024
    step += 1
  }
  return `${step === 0 ? value : Number(value.toFixed(1))} ${steps[step]}`
}
