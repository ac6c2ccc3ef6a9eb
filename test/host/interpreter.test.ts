import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { interpreterIn, interpreterOf } from '../../src/host/interpreter.ts'
import { scratch } from './scratch.ts'

test.each([
  ['#!/bin/sh\nexit', '/bin/sh'],
  ['#! /usr/bin/python3 -u\n', '/usr/bin/python3'],
  ['#!/usr/bin/env php\n', 'php'],
  ['#!/usr/bin/env -S LANG=C node --trace-warnings\n', 'node'],
  ['#!/usr/bin/env', undefined],
  ['#!\n/bin/sh', undefined],
  ['#!/opt/env/bin/x\r\n', '/opt/env/bin/x'],
  ['\x7fELF', undefined],
  ['', undefined],
])('%j is interpreted by %j', (head, interpreter) => {
  expect(interpreterIn(head)).toBe(interpreter)
})

test('of a file, and of none', () => {
  const file = join(scratch(), 'script')
  writeFileSync(file, '#!/usr/bin/env php\n<?php\n')
  expect(interpreterOf(file)).toBe('php')
  expect(interpreterOf(`${file}.gone`)).toBeUndefined()
  expect(interpreterOf(process.execPath)).toBeUndefined()
})
