import { createRequire } from 'node:module'
import { getRawAsset } from 'node:sea'
import { boot } from './boot.ts'
import { showLicenses } from './show-licenses.ts'

// Node inside of our own file: the parts are there as assets.
const self = process.execPath
const argv = process.argv.slice(2)
const part = (name: string): string => {
  const asset = getRawAsset(name)
  return typeof asset === 'string' ? asset : Buffer.from(asset).toString('latin1')
}

if (argv[0] === '--licenses') showLicenses(part('licenses'))
else void boot(`${self}.cjs`, argv, createRequire(self), (path) => part(path.slice(self.length)))
