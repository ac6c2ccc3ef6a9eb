import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BootStep } from '../../src/generate/boot/step.ts'
import { performBootStep } from '../../src/host/boot-performer.ts'
import { scratch } from './scratch.ts'

const OURS = '# made by "daemonctl gen-systemd"\n'
const write = (text: string, mode = 0o644): BootStep => ({ do: 'write', path: '/etc/a/b/unit', text, mode })

function change(root: string, step: BootStep) {
  const outcome = performBootStep(root, step)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

describe('a change is taken back exactly', () => {
  test('a new file goes, with the directories that were made for it', () => {
    const root = scratch()
    mkdirSync(join(root, 'etc'))
    change(root, write(OURS))?.takeBack()
    expect(existsSync(join(root, 'etc'))).toBe(true)
    expect(existsSync(join(root, 'etc/a'))).toBe(false)
  })

  test('an older file comes back as it was', () => {
    const root = scratch()
    const path = join(root, 'etc/a/b/unit')
    change(root, write(`${OURS}older\n`, 0o600))
    const done = change(root, write(`${OURS}newer\n`, 0o644))
    expect(readFileSync(path, 'utf8')).toContain('newer')
    done?.takeBack()
    expect(readFileSync(path, 'utf8')).toBe(`${OURS}older\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('a link in its place comes back as a link', () => {
    const root = scratch()
    mkdirSync(join(root, 'etc/a/b'), { recursive: true })
    writeFileSync(join(root, 'real'), OURS)
    symlinkSync('../../../real', join(root, 'etc/a/b/unit'))
    change(root, write(`${OURS}newer\n`))?.takeBack()
    expect(readlinkSync(join(root, 'etc/a/b/unit'))).toBe('../../../real')
    expect(readFileSync(join(root, 'real'), 'utf8')).toBe(OURS)
  })

  test('a new link goes', () => {
    const root = scratch()
    change(root, { do: 'link', path: '/etc/rc2.d/S95app', to: '../init.d/app' })?.takeBack()
    expect(existsSync(join(root, 'etc'))).toBe(false)
  })
})

test('a file that is there already is left, but for its mode', () => {
  const root = scratch()
  change(root, write(OURS, 0o755))
  expect(change(root, write(OURS, 0o755))).toBeUndefined()
  chmodSync(join(root, 'etc/a/b/unit'), 0o644)
  expect(change(root, write(OURS, 0o755))).toBeDefined()
  expect(statSync(join(root, 'etc/a/b/unit')).mode & 0o777).toBe(0o755)
})

test('a file of somebody else is neither replaced nor removed', () => {
  const root = scratch()
  mkdirSync(join(root, 'etc/a/b'), { recursive: true })
  writeFileSync(join(root, 'etc/a/b/unit'), '[Unit]\n')
  expect(performBootStep(root, write(OURS))).toMatchObject({ ok: false })
  expect(change(root, { do: 'remove', path: '/etc/a/b/unit', text: OURS })).toBeUndefined()
  expect(readFileSync(join(root, 'etc/a/b/unit'), 'utf8')).toBe('[Unit]\n')
})
