import { createRequire } from 'node:module'
import { getRawAsset } from 'node:sea'
import { boot } from './boot.ts'
import { showLicenses } from './show-licenses.ts'
import { buildOf, type Source } from './source.ts'

// Node inside of our own file: the parts are there as assets.
const self = process.execPath
const argv = process.argv.slice(2)
const part = (name: string): string => {
  const asset = getRawAsset(name)
  return typeof asset === 'string' ? asset : Buffer.from(asset).toString('latin1')
}

/** More than the first line. */
const HEAD = 80

function source(name: string): Source {
  const asset = getRawAsset(name)
  const head = typeof asset === 'string' ? asset.slice(0, HEAD) : Buffer.from(asset, 0, HEAD).toString('latin1')
  let text: string | undefined
  return { build: buildOf(head), text: () => (text ??= part(name)) }
}

if (argv[0] === '--licenses') showLicenses(part('licenses'))
else void boot(`${self}.cjs`, argv, createRequire(self), (path) => source(path.slice(self.length)))
