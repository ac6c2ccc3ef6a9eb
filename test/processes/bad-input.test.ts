import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { parsePidfile } from '../../src/decide/pidfile.ts'
import { FileFactsGatherer } from '../../src/host/file-facts.ts'
import { DiskPidfileStore } from '../../src/host/pidfile-store.ts'
import { each, lives, scenario, seeded, SOAK, type Rig } from './rig.ts'

const PID_MAX = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'))

const PIECES = [
  '0',
  '1',
  '2',
  '9',
  '-',
  '+',
  ' ',
  '\t',
  '\n',
  '\r',
  '\0',
  'x',
  'e',
  '.',
  ',',
  'é',
  '\u2028',
  '٣',
  '４',
  '\ufeff',
  '0x',
  '#',
]

/** A text that once was a PID, after some accidents. */
function mutated(chance: (below: number) => number, pid: number): string {
  let text = [`${pid}`, `${pid}\n`, '', `${PID_MAX}`, '99999', ` ${pid}\nmore`][chance(6)] ?? ''
  for (let accidents = chance(4); accidents > 0; accidents -= 1) {
    const at = chance(text.length + 1)
    const piece = PIECES[chance(PIECES.length)] ?? ''
    text =
      chance(3) === 0 ? text.slice(0, at) + text.slice(at + 1 + chance(3)) : text.slice(0, at) + piece + text.slice(at)
  }
  return text
}

/** What it must be read as, said in another way than the program says it. */
function oracle(text: string): number | 'empty' | 'garbage' {
  if (text.trim() === '' && /^[\s]*$/.test(text)) return 'empty'
  let line = text.split('\n')[0] ?? ''
  while (line.startsWith(' ') || line.startsWith('\t')) line = line.slice(1)
  while (/[ \t\r]$/.test(line)) line = line.slice(0, -1)
  const digits = line.split('').every((character) => '0123456789'.includes(character))
  const number = BigInt(digits && line !== '' ? line : 0)
  return digits && line.length <= 20 && number >= 2n && number <= BigInt(PID_MAX) ? Number(number) : 'garbage'
}

scenario('P10 1000 mutated pidfiles are each read as what they are', async (rig) => {
  const chance = seeded(11)
  const store = new DiskPidfileStore({ uid: rig.uid, pidMax: PID_MAX, facts: new FileFactsGatherer() })
  const file = rig.path('x.pid')
  for (let number = 0; number < 1000; number += 1) {
    const text = mutated(chance, 2 + chance(PID_MAX))
    rig.write(file, text)
    // The file is read as bytes: a digit of another script is none.
    const bytes = Buffer.from(text).toString('latin1')
    const expected = oracle(bytes)
    const content = parsePidfile(bytes, PID_MAX)
    expect([text, content.kind === 'pid' ? content.pid : content.kind]).toEqual([text, expected])
    const reading = store.read(file)
    expect(reading.kind === 'read' ? reading.content : reading).toEqual(content)
  }
})

const VALUES = [
  '',
  ' ',
  '-1',
  '0',
  'x',
  '%i',
  '/',
  '.',
  '..',
  '\n',
  'é',
  '999999999999999999999',
  '1s',
  'root',
  'TERM/1',
  '0777',
  '{',
  '$(id)',
]
const FLAGS = [
  '--user',
  '--group',
  '--exec',
  '--directory',
  '--umask',
  '--nice',
  '--log',
  '--env',
  '--timeout',
  '--schedule',
  '--signal',
  '--type',
  '--lock-timeout',
  '--file',
  '--all',
  '--json',
  '--quiet',
  '--dry-run',
  '--inherit-environment',
  '--rollback',
  '--',
  '-n',
  '-xyz',
  '--no-such',
]
const VERBS = [
  'status',
  'stop',
  'reload',
  'force-reload',
  'condrestart',
  'signal',
  'check',
  'show',
  'history',
  'list',
  'start',
  'restart',
]

scenario(
  'P10 100 odd lines of arguments and mutated files: an error or an answer, never a crash or an act',
  { seconds: 180 },
  async (rig) => {
    const chance = seeded(17)
    const stranger = await rig.stranger()
    const lines = Array.from({ length: SOAK ? 1000 : 100 }, (_, number) => oddLine(rig, chance, number, stranger.pid))
    await each(lines, async (words) => {
      const { status, signal, stderr, command, took } = await rig.daemonctl(words)
      expect([command, signal, status === 150, stderr.includes('mistake in daemonctl')]).toEqual([
        command,
        undefined,
        false,
        false,
      ])
      expect([0, 1, 2, 3, 4, 5, 6, 7]).toContain(status)
      expect(took).toBeLessThan(30_000)
    })
    expect([stranger.signals(), lives(stranger)]).toEqual([[], true])
    expect(rig.processes().map(({ pid }) => pid)).toEqual([stranger.pid])
  },
)

/** Nothing in it may succeed in starting anything that stays: the program ends at once. */
function oddLine(rig: Rig, chance: (below: number) => number, number: number, stranger: number): readonly string[] {
  const verb = VERBS[chance(VERBS.length)] ?? 'status'
  const pidfile = rig.path(`odd-${number}.pid`)
  // A stranger's PID in a file that everybody may write, or a text that is none.
  if (chance(2) === 0) rig.write(pidfile, `${stranger}\n`, 0o666)
  else rig.write(pidfile, mutated(chance, 999_999_999))
  const words = [verb, ...(chance(3) === 0 ? ['odd'] : ['--pidfile', pidfile])]
  if (chance(2) === 0) rig.write(rig.path('etc', 'odd.toml'), mutatedDefinition(chance, pidfile))
  for (let flags = chance(4); flags > 0; flags -= 1) {
    words.push(FLAGS[chance(FLAGS.length)] ?? '')
    if (chance(3) > 0) words.push(VALUES[chance(VALUES.length)] ?? '')
  }
  if (verb === 'start' || verb === 'restart') words.push('--', '/bin/false')
  return words
}

function mutatedDefinition(chance: (below: number) => number, pidfile: string): string {
  let text = `command = ["/bin/false"]\npidfile = "${pidfile}"\numask = "0022"\nstop.schedule = "TERM/1/KILL/1"\nstart = { timeout = "1s" }\n`
  for (let accidents = 1 + chance(3); accidents > 0; accidents -= 1) {
    // Not in the lines that say what is run and where.
    const at = text.indexOf('umask') + chance(text.length - text.indexOf('umask'))
    text = text.slice(0, at) + (PIECES[chance(PIECES.length)] ?? '') + text.slice(at + chance(3))
  }
  return text
}
