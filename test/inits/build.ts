import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { whyNot } from './machine/capable.ts'
import { BUILT } from './machine/places.ts'

/** Compiles the daemon of the tests, where it can be used at all. */
export default function build(): void {
  if (whyNot() !== undefined) return
  mkdirSync(BUILT, { recursive: true })
  const built = join(BUILT, `demod.${process.pid}`)
  // Static, for roots with another C library.
  execFileSync('cc', ['-O1', '-static', '-Wall', '-Wextra', '-o', built, join(import.meta.dirname, 'fixtures/demod.c')])
  renameSync(built, join(BUILT, 'demod'))
}
