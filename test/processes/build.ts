import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The directory of the bundles that were made for this run, which no other build touches. */
    bundles: string
  }
}

type Bundle = (options: { readonly faults: boolean; readonly outfile: string }) => Promise<void>

/** Builds the program and its variant with fault points once, for all tests that run them. */
export default async function build(project: TestProject): Promise<() => void> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const script = new URL('../../scripts/build.mjs', import.meta.url).href
  const { bundle } = (await import(script)) as { readonly bundle: Bundle }
  const dist = join(root, 'dist')
  mkdirSync(dist, { recursive: true })
  // Below dist, so that the optional dependency is found from there.
  const bundles = mkdtempSync(join(dist, 'test-'))
  // Some of them are run by other users.
  chmodSync(bundles, 0o755)
  await bundle({ faults: false, outfile: join(bundles, 'daemonctl.cjs') })
  await bundle({ faults: true, outfile: join(bundles, 'daemonctl-faults.cjs') })
  // bin/run.js runs the one in dist: replaced at once, so that nobody ever reads half of it.
  for (const name of readdirSync(bundles)) {
    cpSync(join(bundles, name), join(bundles, `${name}.copy`))
    renameSync(join(bundles, `${name}.copy`), join(dist, name))
  }
  project.provide('bundles', bundles)
  return () => rmSync(bundles, { recursive: true, force: true })
}
