// Writes schema/daemonctl.schema.json from the schema in src/definition. A test fails when the file is not current.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = await mkdtemp(join(tmpdir(), 'daemonctl-schema-'))
try {
  const outfile = join(directory, 'json-schema.mjs')
  await build({
    entryPoints: [join(root, 'src/definition/json-schema.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
  })
  const { definitionJsonSchema } = await import(pathToFileURL(outfile).href)
  const text = `${JSON.stringify(definitionJsonSchema(), undefined, 2)}\n`
  await writeFile(join(root, 'schema/daemonctl.schema.json'), text)
} finally {
  await rm(directory, { recursive: true })
}
