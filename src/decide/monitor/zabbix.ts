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
      ...VALUE_NAMES.flatMap((name) => {
        const value = sample.values[name]
        return value === undefined ? [] : [line(key(name, sample), String(value))]
      }),
    ]),
  ]
}

/** Names of daemons need no quotes in a key: letters, digits and . _ - @. */
const key = (item: string, { name }: Sample): string => `daemonctl.${item}[${name}]`

const line = (key: string, value: string): string => `- ${key} ${quoted(value)}`

const quoted = (value: string): string =>
  /^[\w.:-]+$/.test(value) ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
