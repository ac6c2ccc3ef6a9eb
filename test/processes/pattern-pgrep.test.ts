import { spawnSync } from 'node:child_process'
import { copyFileSync, symlinkSync } from 'node:fs'
import { expect } from 'vitest'
import { findInPath, findProcess, IS_ROOT, scenario, type Rig } from './rig.ts'

const SLEEP = findInPath('sleep') ?? '/bin/sleep'

/** PIDs as pgrep(1) tells them. It looks at the same moment's world: what is compared here neither begins nor ends. */
function pgrep(words: readonly string[]): readonly number[] {
  const { status, stdout, stderr } = spawnSync('pgrep', words, { encoding: 'utf8' })
  if (status !== 0 && status !== 1) throw new Error(`pgrep ${words.join(' ')}: ${stderr}`)
  return stdout.split('\n').filter(Boolean).map(Number)
}

/** The one that stands for all, and how many there are, as the watcher would take them. */
async function ours(rig: Rig, flags: readonly string[]): Promise<{ readonly first: number; readonly count: number }> {
  const { status, stdout, stderr } = await rig.daemonctl(['watch', '-n', '--recover', 'true', ...flags])
  expect(status, stderr).toBe(0)
  const said = /^pid (\d+) .* matches(?:, the first of (\d+))?: nothing would be done/s.exec(stdout)
  return said === null ? { first: 0, count: 0 } : { first: Number(said[1]), count: Number(said[2] ?? 1) }
}

const NAMES = ['-f', '-x', '-n', '-u', '-g', '-s', '-t', '-F', '-G']
const LONG = [
  '--full',
  '--exact',
  '--newest',
  '--euid',
  '--pgroup',
  '--session',
  '--terminal',
  '--watch-pidfile',
  '--gid',
]

/** pgrep's words in ours: the pattern comes last in both. */
function translated(words: readonly string[]): readonly string[] {
  const pattern = words.at(-1) ?? ''
  const flags = words.slice(0, -1).map((word) => LONG[NAMES.indexOf(word)] ?? word)
  return [...flags, '--pattern', pattern]
}

scenario('a pattern means what it means to pgrep', { needs: ['pgrep', 'script'], seconds: 120 }, async (rig) => {
  // Names of our own, that nothing else on this host has.
  const mark = `p${rig.directory.slice(-6).replaceAll(/\W/g, 'x')}`
  const link = (name: string): string => {
    symlinkSync(SLEEP, rig.path(name))
    return rig.path(name)
  }
  const first = await rig.spawn([link(`${mark}a`), '1001'])
  const second = await rig.spawn([link(`${mark}b`), '1002'])
  const long = await rig.spawn([link(`${mark}-longer-than-15`), '1003'])
  const caps = await rig.spawn([link(`${mark.toUpperCase()}C`), '1004'])
  const parent = await rig.spawn(['/bin/sh', '-c', `"$0" 1005 & "$0" 1006 & wait`, link(`${mark}child`)])
  const onTerminal = await rig.spawn(['script', '-qec', `${link(`${mark}tty`)} 1007`, '/dev/null'])
  const odd = await rig.spawn([
    rig.fixture('retitles-itself.pl')[0] ?? '',
    '-e',
    `$0 = "${mark} odd: title (x)"; sleep 1000`,
  ])
  copyFileSync(SLEEP, rig.path('plain'))
  const nobody = IS_ROOT
    ? await rig.spawn(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', link(`${mark}nob`), '1008'])
    : undefined
  const has = (words: readonly string[], count: number): Promise<void> =>
    rig.until(`${words.join(' ')}: ${count}`, () => pgrep(words).length === count)
  await has([`${mark}child`], 2)
  await has(['-x', `${mark}tty`], 1)
  await has(['-f', `${mark} odd`], 1)
  if (nobody !== undefined) await has([`${mark}nob`], 1)
  const tty = spawnSync('ps', ['-o', 'tty=', '-p', String(pgrep(['-x', `${mark}tty`])[0])], {
    encoding: 'utf8',
  }).stdout.trim()
  rig.write(rig.path('second.pid'), `${second.pid}\n`)
  rig.write(rig.path('other.pid'), `${long.pid}\n`)

  const pattern = String.raw`${mark}[ab]`
  const cases: readonly (readonly string[])[] = [
    [mark],
    ['-f', mark],
    ['-x', mark],
    ['-x', `${mark}a`],
    ['-x', `${mark}(a|b)`],
    ['-x', '-f', `${rig.path(`${mark}a`)} 1001`],
    ['-x', '-f', rig.path(`${mark}a`)],
    ['-i', `${mark}c$`],
    [`${mark}C`],
    ['-o', pattern],
    ['-n', pattern],
    ['-o', '-f', mark],
    ['-n', '-f', mark],
    [`^${mark}-longer-t`],
    [`${mark}-longer-than-15|zzzz`],
    ['-f', `${mark}-longer-than-15`],
    ['-f', '^/.* 100[12]$'],
    ['-f', String.raw`${mark}[[:alpha:]]+ 100[[:digit:]]`],
    ['-f', `${mark} odd: title [(]x[)]`],
    ['-f', `${mark}a{0}b 1002`],
    ['-P', String(parent.pid), mark],
    ['-P', `${parent.pid},${onTerminal.pid}`, mark],
    ['-P', String(process.pid), mark],
    ['-g', String(first.group), mark],
    ['-g', `${first.group},${second.group}`, mark],
    ['-s', String(parent.session), mark],
    ['-s', String(parent.session), '-f', mark],
    ['-t', tty, mark],
    ['-t', '?', mark],
    ['-t', 'pts/9999', mark],
    ['-u', String(process.geteuid?.()), mark],
    ['-u', '65534', mark],
    ['-u', `${process.geteuid?.()},65534`, mark],
    ['-U', 'root', mark],
    ['-U', 'nobody', mark],
    ['-G', '0', mark],
    ['-G', '65534', mark],
    ['-F', rig.path('second.pid'), mark],
    ['-F', rig.path('other.pid'), `${mark}b`],
    ['-F', rig.path('second.pid'), '-P', '1', mark],
    ['-o', '-P', String(process.pid), '-u', String(process.geteuid?.()), mark],
  ]
  for (const words of cases) {
    const theirs = pgrep(words)
    const found = await ours(rig, translated(words))
    expect(found.count, words.join(' ')).toBe(theirs.length)
    const isChosen = words.includes('-o') || words.includes('-n')
    if (isChosen) expect([found.first], words.join(' ')).toEqual(theirs)
    else if (theirs.length > 0) expect(theirs, words.join(' ')).toContain(found.first)
  }
  expect([first, second, long, caps, odd].map(({ pid }) => findProcess(pid)?.state)).not.toContain('Z')
})

scenario('a pattern that pgrep refuses is refused', { needs: ['pgrep'] }, async (rig) => {
  for (const pattern of ['(', '[', '*a', 'a{1', 'a\\']) {
    expect(spawnSync('pgrep', [pattern]).status, pattern).toBe(2)
    const { status, stderr } = await rig.daemonctl(['watch', '-n', '--recover', 'true', '--pattern', pattern])
    expect([status, stderr.split(':')[1]?.trim()], pattern).toEqual([2, '--pattern'])
  }
})
