import { describe, expect, test } from 'vitest'
import { CaptureFormatter, type CaptureFormat } from '../../../src/decide/logs/capture-format.ts'
import { levelOfLine } from '../../../src/decide/logs/line-level.ts'
import { syslogDatagrams } from '../../../src/decide/logs/syslog-line.ts'

const NOW = Date.UTC(2026, 10, 21, 14, 30)

const formatterOf = (how: Partial<CaptureFormat>): CaptureFormatter =>
  new CaptureFormatter({
    format: 'plain',
    level: 'info',
    prefix: '',
    rateLimit: undefined,
    priorities: false,
    name: 'd',
    stream: 'stdout',
    ...how,
  })

function formatted(
  how: Partial<CaptureFormat>,
  text: string | Buffer,
  final = false,
): { output: string; used: number } {
  const formatter = formatterOf(how)
  const { output, used } = formatter.transform(Buffer.from(text), NOW, final)
  return { output: output.toString('latin1'), used }
}

test.each([
  ['2026-11-21 14:25:35 ERROR something', 'error'],
  ['[error] 4#4: x', 'error'],
  ['2026/11/21 14:25:35 [warn] 4#4: x', 'warn'],
  ['{"level":"debug","msg":"x"}', 'debug'],
  ['{"level":50,"msg":"x"}', 'error'],
  ['time=2026 level=fatal msg=x', 'fatal'],
  ['<7>of systemd', 'debug'],
  ['<3>of systemd', 'error'],
  ['E1121 14:25:35.25 1 main.go:1] x', 'error'],
  ['2026-11-21 14:25:35 UTC [1] LOG:  ready', 'info'],
  ['2026-11-21 14:25:35 UTC [1] FATAL:  no', 'fatal'],
  ['warning: deprecated', 'warn'],
  ['a line about an error in the middle', undefined],
  ['just a line', undefined],
  ['', undefined],
] as const)('the level of %j is %s', (line, level) => expect(levelOfLine(line)).toBe(level))

describe('what is kept', () => {
  test('plain: everything, as it is, also the beginning of a line', () => {
    const bytes = Buffer.from([0, 255, 10, 27, 91, 0x41])
    expect(formatted({}, bytes)).toEqual({ output: bytes.toString('latin1'), used: 6 })
  })
  test('of a level: the lines of that level and graver, and those that follow one without a level', () => {
    const text = 'start\nDEBUG: a\n  more of a\nINFO: b\n  more of b\nERROR: c\n'
    expect(formatted({}, text).output).toBe('start\nINFO: b\n  more of b\nERROR: c\n')
    expect(formatted({ level: 'error' }, text).output).toBe('start\nERROR: c\n')
    expect(formatted({ level: 'off' }, text)).toEqual({ output: '', used: text.length })
    expect(formatted({ level: 'debug' }, text).output).toBe(text)
  })
  test('a line without an end stays until it has one, or until nothing more comes', () => {
    const how = { format: 'timestamps' } as const
    expect(formatted(how, 'one\ntw')).toEqual({ output: '2026-11-21T14:30:00.000Z one\n', used: 4 })
    expect(formatted(how, 'tw', true)).toEqual({ output: '2026-11-21T14:30:00.000Z tw\n', used: 2 })
    expect(formatted(how, 'tw')).toEqual({ output: '', used: 0 })
  })
  test('json: each line an object; what is no UTF-8 as base64', () => {
    const { output } = formatted({ format: 'json' }, Buffer.concat([Buffer.from('WARN: x\n'), Buffer.from([0xff, 10])]))
    const [first = '', second = ''] = output.split('\n')
    expect(JSON.parse(first)).toEqual({
      time: '2026-11-21T14:30:00.000Z',
      name: 'd',
      stream: 'stdout',
      level: 'warn',
      line: 'WARN: x',
    })
    expect(JSON.parse(Buffer.from(second, 'latin1').toString())).toMatchObject({ base64: '/w==' })
  })
})

test('of a full pipe the line that goes on is left for the next look; one that is too long comes in parts', () => {
  const lines = `${'x'.repeat(99)}\n`.repeat(2_000)
  expect(formatted({ format: 'timestamps' }, `${lines}the beginning`).used).toBe(lines.length)
  expect(formatted({ format: 'timestamps' }, 'x'.repeat(65_536)).used).toBe(65_536)
  expect(formatted({ format: 'timestamps' }, 'x'.repeat(65_535)).used).toBe(0)
})

describe('what stands before a line', () => {
  test('a prefix, behind the time if there is one', () => {
    expect(formatted({ prefix: 'web: ' }, 'a\nb\n').output).toBe('web: a\nweb: b\n')
    expect(formatted({ prefix: 'web: ', format: 'timestamps' }, 'a\n').output).toBe('2026-11-21T14:30:00.000Z web: a\n')
  })

  test('a priority, for syslog and the journal: what the line says, or that of information', () => {
    expect(
      formatted({ priorities: true, level: 'debug', prefix: 'p ' }, 'a\nERROR: b\n<4>c\n[debug] d\nend', true).output,
    ).toBe('<6>p a\n<3>p ERROR: b\n<4>p c\n<7>p [debug] d\n<6>p end\n')
  })
})

describe('a rate limit', () => {
  const limit = { lines: 2, interval: 1000 }

  test('the lines beyond it are left out, and counted when the interval is over', () => {
    const formatter = formatterOf({ rateLimit: limit })
    const at = (now: number, text: string): string =>
      formatter.transform(Buffer.from(text), NOW + now, false).output.toString()
    expect(at(0, 'a\nb\nc\n')).toBe('a\nb\n')
    expect(at(999, 'd\n')).toBe('')
    expect(formatter.leftOut(NOW + 999)).toBeUndefined()
    expect(at(1000, 'e\n')).toBe('daemonctl: 2 lines were left out here: there were more than 2 within 1 s\ne\n')
    expect(formatter.leftOut(NOW + 5000)).toBeUndefined()
  })

  test('it is told also if nothing more comes, and when the clock is set back', () => {
    const formatter = formatterOf({ rateLimit: limit })
    formatter.transform(Buffer.from('a\nb\nc\n'), NOW, false)
    expect(formatter.leftOut(NOW - 3_600_000)?.toString()).toMatch(/^daemonctl: 1 line was left out/)
    formatter.transform(Buffer.from('a\nb\nc\n'), NOW, false)
    expect(formatter.leftOut(NOW, true)?.toString()).toMatch(/^daemonctl: 1 line was left out/)
  })
})

test('datagrams for syslog: facility daemon, the priority of the line, parts of what is too long', () => {
  const sent = [...syslogDatagrams(Buffer.from(`<3>bad\nplain\n\n<6>${'x'.repeat(8001)}\n`), 'd')].map(String)
  expect(sent).toEqual(['<27>d: bad', '<30>d: plain', `<30>d: ${'x'.repeat(8000)}`, '<30>d: x'])
})
