import { Gauge, Registry, type MetricObjectWithValues, type MetricValue } from 'prom-client'
import { shellStatus } from '../../decide/exit.ts'
import { VALUE_NAMES, type Sample, type ValueName } from '../../decide/monitor/sample.ts'

/** One gauge for each value. A counter that a restart sets back to nothing is a gauge to whoever reads a snapshot. */
const VALUES: Readonly<Record<ValueName, { readonly name: string; readonly help: string }>> = {
  uptime: { name: 'daemonctl_uptime_seconds', help: 'How long the main process has run.' },
  memory: {
    name: 'daemonctl_memory_bytes',
    help: 'Resident memory of all processes of the daemon (RSS); what they share counts for each.',
  },
  pss: {
    name: 'daemonctl_pss_bytes',
    help: 'Proportional memory of all processes of the daemon (PSS); what is shared counts once in all.',
  },
  cpu: { name: 'daemonctl_cpu_seconds', help: 'CPU time of the processes that live, user and system.' },
  processes: { name: 'daemonctl_processes', help: 'Processes of the daemon.' },
  threads: { name: 'daemonctl_threads', help: 'Threads of all processes of the daemon.' },
  descriptors: { name: 'daemonctl_open_descriptors', help: 'Open descriptors of all processes of the daemon.' },
  respawns: { name: 'daemonctl_respawns', help: 'Starts by the watcher.' },
}

const CONDITIONS: readonly Sample['condition'][] = ['running', 'stopped', 'stale', 'foreign', 'unknown']

/** Puts a line of the daemon into the family, with what its label besides the name is. */
type Put = (value: number | undefined, label?: string) => void

interface FamilyOptions {
  readonly name: string
  readonly help: string
  /** The label besides the daemon's name. */
  readonly label?: string
  readonly of: (sample: Sample, put: Put) => void
}

const FAMILIES: readonly FamilyOptions[] = [
  {
    name: 'daemonctl_up',
    help: 'Whether the daemon runs, for certain: 1 or 0.',
    of: ({ condition }, put) => put(condition === 'running' ? 1 : 0),
  },
  {
    name: 'daemonctl_condition',
    help: 'The condition of the daemon: 1 for the one that holds.',
    label: 'condition',
    of({ condition }, put) {
      for (const one of CONDITIONS) put(one === condition ? 1 : 0, one)
    },
  },
  {
    name: 'daemonctl_wanted',
    help: 'What an operator has wished: 1 up, 0 down.',
    of: ({ wanted }, put) => put(wanted === undefined ? undefined : wanted === 'up' ? 1 : 0),
  },
  {
    name: 'daemonctl_paused',
    help: 'Whether watchers are to leave it alone: 1 or 0.',
    of: ({ paused }, put) => put(paused ? 1 : 0),
  },
  {
    name: 'daemonctl_last_exit_code',
    help: 'The exit status of its last end; 128 and the signal if one ended it.',
    of: ({ lastExit }, put) => put(lastExit === undefined ? undefined : shellStatus(lastExit)),
  },
  ...VALUE_NAMES.map((value) => ({
    ...VALUES[value],
    of: ({ values }: Sample, put: Put) => put(values[value]),
  })),
  {
    name: 'daemonctl_figures_read',
    help: 'Whether what the daemon tells of itself could be read: 1 or 0.',
    of: ({ figuresRead }, put) => put(figuresRead === undefined ? undefined : figuresRead ? 1 : 0),
  },
  {
    name: 'daemonctl_figure',
    help: 'What the daemon tells of itself.',
    label: 'figure',
    of({ figures }, put) {
      for (const [figure, value] of figures) put(value, figure)
    },
  },
]

/** A gauge that is handed its values in one piece: the library need not look up each of them by its labels. */
class ToldGauge extends Gauge {
  readonly lines: MetricValue<string>[] = []

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    return { ...(await super.get()), values: this.lines }
  }
}

/** One object for each daemon, whichever families it is in. */
type NameLabels = Map<string, Readonly<Record<string, string>>>

const LINE_END = Buffer.from('\n')

class Family {
  readonly #options: FamilyOptions
  readonly #registry: Registry
  readonly #gauge: ToldGauge
  readonly #names: NameLabels
  #text: Buffer | undefined

  constructor(registry: Registry, names: NameLabels, options: FamilyOptions) {
    const { name, help, label } = options
    this.#options = options
    this.#registry = registry
    this.#names = names
    this.#gauge = new ToldGauge({
      name,
      help,
      labelNames: label === undefined ? ['name'] : ['name', label],
      registers: [registry],
    })
  }

  /** The text of these samples: that of the last ones, if they say the same. */
  async text(samples: readonly Sample[]): Promise<Buffer> {
    const { of, name: family } = this.#options
    const { lines } = this.#gauge
    let index = 0
    let daemon = ''
    const put: Put = (value, label) => {
      if (value !== undefined) this.#put(index++, daemon, label, value)
    }
    for (const sample of samples) {
      daemon = sample.name
      of(sample, put)
    }
    if (index < lines.length) {
      lines.length = index
      this.#text = undefined
    }
    this.#text ??= Buffer.from(await this.#registry.getSingleMetricAsString(family))
    return this.#text
  }

  #put(index: number, name: string, label: string | undefined, value: number): void {
    const { lines } = this.#gauge
    const own = this.#options.label
    const line = lines[index]
    const same = line?.labels['name'] === name && (own === undefined || line.labels[own] === label)
    if (same && line.value === value) return
    this.#text = undefined
    if (same) line.value = value
    else
      lines[index] = {
        value,
        labels: own === undefined || label === undefined ? this.#named(name) : { name, [own]: label },
      }
  }

  #named(name: string): Readonly<Record<string, string>> {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const made = { name }
    this.#names.set(name, made)
    return made
  }
}

/** The text of samples, again and again: what has not changed since is not written anew. */
export class Exposition {
  readonly #names: NameLabels = new Map()
  readonly #families: readonly Family[]

  constructor() {
    const registry = new Registry()
    this.#families = FAMILIES.map((options) => new Family(registry, this.#names, options))
  }

  /**
   * The text exposition format, version 0.0.4, without empty lines: with "# EOF" at its end it is OpenMetrics as well,
   * as all are gauges. `pause` comes after each family, of which a thousand daemons make much.
   */
  async text(samples: readonly Sample[], pause: () => Promise<void> = async () => {}): Promise<Buffer> {
    if (this.#names.size > 2 * samples.length) this.#names.clear()
    const parts: Buffer[] = []
    for (const family of this.#families) {
      parts.push(await family.text(samples), LINE_END)
      await pause()
    }
    return Buffer.concat(parts)
  }
}

/** For a textfile collector. */
export const prometheus = async (samples: readonly Sample[]): Promise<string> =>
  (await new Exposition().text(samples)).toString()
