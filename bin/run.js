#!/usr/bin/env node
'use strict'
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`daemonctl needs Node 20.19 or newer; this is ${process.version}\n`)
  process.exitCode = 5
} else {
  const { join } = require('node:path')
  void require('../dist/boot.cjs').boot(join(__dirname, '../dist/daemonctl.cjs'), process.argv.slice(2), require)
}
