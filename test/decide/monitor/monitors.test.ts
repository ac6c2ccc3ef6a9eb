import { describe, expect, test } from 'vitest'
import { Exposition, prometheus } from '../../../src/cli/render/prometheus.ts'
import { samplesJson } from '../../../src/cli/render/samples-json.ts'
import { nagios, type Thresholds } from '../../../src/decide/monitor/nagios.ts'
import { parseRange } from '../../../src/decide/monitor/range.ts'
import type { Sample } from '../../../src/decide/monitor/sample.ts'
import { zabbix } from '../../../src/decide/monitor/zabbix.ts'

const running: Sample = {
  name: 'web',
  condition: 'running',
  status: 0,
  why: undefined,
  wanted: 'up',
  paused: false,
  lastExit: { kind: 'signal', signal: 'TERM' },
  values: { uptime: 60, memory: 1024, pss: 512, cpu: 1.5, processes: 2, threads: 3, descriptors: 9, respawns: 4 },
  figures: new Map([
    ['requests', 12],
    ['x{a="b c"}', 3],
  ]),
  figuresRead: true,
}
const NOTHING = {
  uptime: undefined,
  memory: undefined,
  pss: undefined,
  cpu: undefined,
  processes: undefined,
  threads: undefined,
  descriptors: undefined,
  respawns: undefined,
}
const dead: Sample = {
  ...running,
  figures: new Map(),
  figuresRead: undefined,
  name: 'db',
  condition: 'stale',
  status: 1,
  why: 'PID 7 is dead',
  values: NOTHING,
}
const stopped: Sample = { ...dead, condition: 'stopped', status: 3, why: undefined, wanted: 'down' }
const unknown: Sample = { ...dead, condition: 'unknown', status: 4, why: 'hidden | secret\n' }

function thresholds(of: Readonly<Record<string, string>>): Thresholds {
  return new Map(
    Object.entries(of).map(([name, text]) => {
      const range = parseRange(text)
      if (!range.ok) throw new Error(range.error)
      return [name, range.value]
    }),
  )
}

describe('nagios', () => {
  const none = { warning: thresholds({}), critical: thresholds({}) }
  const headOf = (samples: readonly Sample[], limits = none): string => {
    const { text, status } = nagios(samples, limits)
    return `${status} ${text.split(' | ')[0]}`
  }

  test.each<[string, readonly Sample[]]>([
    ['0 DAEMONCTL OK - web is running', [running]],
    ['0 DAEMONCTL OK - 2 running', [running, { ...running, name: 'api' }]],
    ['0 DAEMONCTL OK - 0 running', []],
    ['2 DAEMONCTL CRITICAL - db is stale (PID 7 is dead)', [running, dead]],
    ['1 DAEMONCTL WARNING - db is stopped, as wished', [running, stopped]],
    ['2 DAEMONCTL CRITICAL - db is stopped', [{ ...stopped, wanted: 'up' }]],
    ['1 DAEMONCTL WARNING - db is stale and paused', [{ ...dead, paused: true }]],
  ])('%s', (expected, samples) => {
    expect(headOf(samples)).toBe(expected)
  })

  test('what is critical is worse than what is unknown, and that worse than a warning', () => {
    expect(nagios([stopped, unknown], none).status).toBe(3)
    expect(nagios([stopped, unknown, dead], none).status).toBe(2)
  })

  test('values beyond their range', () => {
    const limits = { warning: thresholds({ memory: '1000' }), critical: thresholds({ memory: '2000', uptime: '10:' }) }
    expect(headOf([running], limits)).toBe('1 DAEMONCTL WARNING - memory of web is 1024 (1000)')
    const young = { ...running, values: { ...running.values, uptime: 3 } }
    expect(headOf([young], limits)).toBe('2 DAEMONCTL CRITICAL - uptime of web is 3 (10:)')
    expect(nagios([running], limits).text).toContain(" | 'web_uptime'=60s;;10:;0 'web_memory'=1024B;1000;2000;0 ")
  })

  test('own figures are data, and may have ranges of their own', () => {
    const odd = {
      ...running,
      figures: new Map([
        ['queue', 9],
        ["it's | a=b", 1],
      ]),
    }
    const { text } = nagios([odd], { ...none, warning: thresholds({ 'figure.queue': '5' }) })
    expect(text).toContain('DAEMONCTL WARNING - figure.queue of web is 9 (5) | ')
    expect(text).toMatch(/ 'web_figure.queue'=9;5;; 'web_figure.it_s _ a_b'=1;;;$/)
    const many = { ...running, figures: new Map(Array.from({ length: 999 }, (_, index) => [`f${index}`, index])) }
    const some = nagios([many], { ...none, critical: thresholds({ 'figure.f900': '900' }) })
    expect([
      some.status,
      some.text.match(/figure\./g)?.length,
      some.text.includes("'web_figure.f900'=900;;900;"),
    ]).toEqual([0, 51, true])
  })

  test('untrusted words neither begin performance data nor a second line', () => {
    const { text } = nagios([unknown], none)
    expect(text).toBe('DAEMONCTL UNKNOWN - db is unknown (hidden / secret\\x0a)')
  })
})

test('zabbix_sender gets the discovery, then each item', () => {
  expect(zabbix([running, dead]).join('\n')).toMatchInlineSnapshot(`
    "- daemonctl.discovery "[{\\"{#DAEMON}\\":\\"web\\"},{\\"{#DAEMON}\\":\\"db\\"}]"
    - daemonctl.status[web] 0
    - daemonctl.condition[web] running
    - daemonctl.up[web] 1
    - daemonctl.uptime[web] 60
    - daemonctl.memory[web] 1024
    - daemonctl.pss[web] 512
    - daemonctl.cpu[web] 1.5
    - daemonctl.processes[web] 2
    - daemonctl.threads[web] 3
    - daemonctl.descriptors[web] 9
    - daemonctl.respawns[web] 4
    - daemonctl.figures-read[web] 1
    - daemonctl.last-exit-code[web] 143
    - daemonctl.figure[web,requests] 12
    - "daemonctl.figure[web,\\"x{a=\\\\\\"b c\\\\\\"}\\"]" 3
    - daemonctl.status[db] 1
    - daemonctl.condition[db] stale
    - daemonctl.up[db] 0
    - daemonctl.last-exit-code[db] 143"
  `)
})

test('every line of the Prometheus text is a comment or a sample', async () => {
  const text = await prometheus([running, dead])
  for (const line of text.trimEnd().split('\n')) {
    expect(line).toMatch(/^(|# (HELP|TYPE) \w+ .+|\w+\{\w+="(?:[^"\\]|\\.)*"(,\w+="(?:[^"\\]|\\.)*")*\} [-+.\de]+)$/)
  }
  expect(text).toContain('daemonctl_up{name="web"} 1\n')
  expect(text).toContain('daemonctl_up{name="db"} 0\n')
  expect(text).toContain('daemonctl_last_exit_code{name="web"} 143\n')
  expect(text).toContain('daemonctl_pss_bytes{name="web"} 512\n')
  expect(text).toContain('daemonctl_figure{name="web",figure="requests"} 12\n')
  expect(text).toContain('daemonctl_figures_read{name="web"} 1\n')
  expect(text).not.toContain('daemonctl_figures_read{name="db"}')
  expect(text).not.toContain('daemonctl_memory_bytes{name="db"}')
})

test('what is told again and again is the same as what is told once, whatever has changed', async () => {
  const exposition = new Exposition()
  const idle = { ...running, values: { ...running.values, cpu: 9 }, figures: new Map([['queue', 1]]) }
  for (const samples of [[running, dead], [running, dead], [idle, dead], [dead], [stopped, running], [], [running]]) {
    const text = String(await exposition.text(samples))
    expect(text).toBe(await prometheus(samples))
    // No empty line, which OpenMetrics does not have.
    expect(text).toMatch(/^(?:[^\n]+\n)+$/)
  }
})

test('json has every value, and null for what is not to be seen', () => {
  expect(samplesJson([running, dead])).toMatchObject({
    version: 1,
    daemons: [
      { name: 'web', up: true, values: { memory: 1024, pss: 512 }, figures: { requests: 12 }, 'figures-read': true },
      { name: 'db', up: false, why: 'PID 7 is dead', values: { memory: null }, figures: {}, 'figures-read': null },
    ],
  })
})
