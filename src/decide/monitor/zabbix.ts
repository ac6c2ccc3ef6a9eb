import { shellStatus } from '../exit.ts'
import { VALUE_NAMES, type Sample } from './sample.ts'

/**
 * Lines for zabbix_sender(1), "-i": host ("-": the one of the agent's configuration), key, value. The first line is for a
 * discovery rule of type "trapper": it names the daemons as {#DAEMON}.
 */
export function zabbix(samples: readonly Sample[]): readonly string[] {
  const discovery = JSON.stringify(samples.map(({ name }) => ({ '{#DAEMON}': name })))
  return [
    line('daemonctl.discovery', discovery),
    ...samples.flatMap((sample) => [
      line(key('status', sample), String(sample.status)),
      line(key('condition', sample), sample.condition),
      line(key('up', sample), sample.condition === 'running' ? '1' : '0'),
      ...VALUE_NAMES.flatMap((name) => optional(key(name, sample), sample.values[name])),
      ...optional(
        key('figures-read', sample),
        sample.figuresRead === undefined ? undefined : Number(sample.figuresRead),
      ),
      ...optional(
        key('last-exit-code', sample),
        sample.lastExit === undefined ? undefined : shellStatus(sample.lastExit),
      ),
      ...[...sample.figures].map(([figure, value]) =>
        line(`daemonctl.figure[${sample.name},${parameter(figure)}]`, String(value)),
      ),
    ]),
  ]
}

const optional = (name: string, value: number | undefined): readonly string[] =>
  value === undefined ? [] : [line(name, String(value))]

/** Names of daemons need no quotes in a key: letters, digits and . _ - @. */
const key = (item: string, { name }: Sample): string => `daemonctl.${item}[${name}]`

/** A parameter of a key that holds anything but letters, digits and a few signs is quoted. Zabbix, "Item key format" */
const parameter = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`)

const line = (key: string, value: string): string => `- ${/[\s"]/.test(key) ? quoted(key) : key} ${quoted(value)}`

const quoted = (value: string): string =>
  /^[\w.:-]+$/.test(value) ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
