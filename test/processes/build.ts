import { chmodSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A directory with bin/ and dist/ as they are shipped, made for this run: no other build touches it. */
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
  // Below dist, so that the optional dependency is found from there; some of them are run by other users.
  const bundles = mkdtempSync(join(dist, 'test-'))
  chmodSync(bundles, 0o755)
  for (const name of ['bin', 'dist', 'cache']) mkdirSync(join(bundles, name))
  cpSync(join(root, 'bin', 'run.js'), join(bundles, 'bin', 'run.js'))
  await bundle({ faults: false, outfile: join(bundles, 'dist', 'daemonctl.cjs') })
  await bundle({ faults: true, outfile: join(bundles, 'dist', 'daemonctl-faults.cjs') })
  cpSync(join(dist, 'boot.cjs'), join(bundles, 'dist', 'boot.cjs'))
  // bin/run.js runs the one in dist: replaced at once, so that nobody ever reads half of it.
  const volumes = ['daemonctl', 'daemonctl-faults'].flatMap((name) =>
    ['-help', '-more', ''].map((volume) => `${name}${volume}.cjs`),
  )
  for (const name of volumes) {
    cpSync(join(bundles, 'dist', name), join(bundles, name))
    renameSync(join(bundles, name), join(dist, name))
  }
  project.provide('bundles', bundles)
  return () => rmSync(bundles, { recursive: true, force: true })
}
