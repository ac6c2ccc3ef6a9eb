import { Gauge, Registry } from 'prom-client'
import { signalNumber } from '../../base/signals.ts'
import { VALUE_NAMES, type Sample, type ValueName } from '../../decide/monitor/sample.ts'

/** One gauge for each value. A counter that a restart sets back to nothing is a gauge to whoever reads a snapshot. */
const VALUES: Readonly<Record<ValueName, { readonly name: string; readonly help: string }>> = {
  uptime: { name: 'daemonctl_uptime_seconds', help: 'How long the main process has run.' },
  memory: { name: 'daemonctl_memory_bytes', help: 'Memory of all processes of the daemon.' },
  cpu: { name: 'daemonctl_cpu_seconds', help: 'CPU time of the processes that live, user and system.' },
  processes: { name: 'daemonctl_processes', help: 'Processes of the daemon.' },
  threads: { name: 'daemonctl_threads', help: 'Threads of all processes of the daemon.' },
  descriptors: { name: 'daemonctl_open_descriptors', help: 'Open descriptors of all processes of the daemon.' },
  respawns: { name: 'daemonctl_respawns', help: 'Starts by the watcher.' },
}

const CONDITIONS: readonly Sample['condition'][] = ['running', 'stopped', 'stale', 'foreign', 'unknown']

/** The text exposition format, version 0.0.4: for a textfile collector, or over HTTP. */
export async function prometheus(samples: readonly Sample[]): Promise<string> {
  const registry = new Registry()
  const gauge = (name: string, help: string, labelNames: readonly string[] = ['name']): Gauge =>
    new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] })
  const up = gauge('daemonctl_up', 'Whether the daemon runs, for certain: 1 or 0.')
  const condition = gauge('daemonctl_condition', 'The condition of the daemon: 1 for the one that holds.', [
    'name',
    'condition',
  ])
  const wanted = gauge('daemonctl_wanted', 'What an operator has wished: 1 up, 0 down.')
  const paused = gauge('daemonctl_paused', 'Whether watchers are to leave it alone: 1 or 0.')
  const exitCode = gauge(
    'daemonctl_last_exit_code',
    'The exit status of its last end; 128 and the signal if one ended it.',
  )
  for (const sample of samples) {
    const { name } = sample
    up.set({ name }, sample.condition === 'running' ? 1 : 0)
    for (const one of CONDITIONS) condition.set({ name, condition: one }, one === sample.condition ? 1 : 0)
    if (sample.wanted !== undefined) wanted.set({ name }, sample.wanted === 'up' ? 1 : 0)
    paused.set({ name }, sample.paused ? 1 : 0)
    if (sample.lastExit?.kind === 'code') exitCode.set({ name }, sample.lastExit.code)
    if (sample.lastExit?.kind === 'signal') exitCode.set({ name }, 128 + signalNumber(sample.lastExit.signal))
  }
  for (const value of VALUE_NAMES) {
    const measured = gauge(VALUES[value].name, VALUES[value].help)
    for (const { name, values } of samples) {
      const number = values[value]
      if (number !== undefined) measured.set({ name }, number)
    }
  }
  const told = gauge('daemonctl_figure', 'What the daemon tells of itself.', ['name', 'figure'])
  for (const { name, figures } of samples) for (const [figure, value] of figures) told.set({ name, figure }, value)
  return registry.metrics()
}
