import type { LogEvent } from './read-log.ts'

/** An event of one of several logs. */
export interface SourcedEvent {
  readonly source: number
  readonly event: LogEvent
}

interface Head {
  readonly source: number
  readonly events: AsyncGenerator<LogEvent>
  event: LogEvent
}

/**
 * Several logs as one. What there is comes in the order of time, of that the last lines; a line that does not tell its
 * time comes with the one before it. What is written from then on comes as it comes.
 */
export async function* mergeLogs(
  sources: readonly AsyncGenerator<LogEvent>[],
  lines: number | 'all',
): AsyncGenerator<SourcedEvent> {
  const last: SourcedEvent[] = []
  const heads: Head[] = []
  for (const [source, events] of sources.entries()) {
    const first = await events.next()
    if (first.done !== true) heads.push({ source, events, event: first.value })
  }
  const waiting: Head[] = []
  while (heads.length > 0) {
    const head = earliest(heads)
    const { source, event } = head
    if (event.kind === 'line' && lines !== 'all') {
      // Its bytes are good until the next call.
      last.push({ source, event: { ...event, line: { ...event.line, bytes: Buffer.from(event.line.bytes) } } })
      if (last.length > lines) last.shift()
    } else yield { source, event }
    const next = event.kind === 'caught-up' ? undefined : await head.events.next()
    if (next === undefined) waiting.push(head)
    if (next === undefined || next.done === true) heads.splice(heads.indexOf(head), 1)
    else head.event = next.value
  }
  yield* last
  const [waits] = waiting
  if (waits !== undefined && last.length > 0) yield { source: waits.source, event: waits.event }
  yield* asTheyCome(waiting)
}

/** Notes and failures first, then the oldest line; of equal ones that of the log that was named first. */
function earliest(heads: readonly Head[]): Head {
  const [first, ...others] = heads
  if (first === undefined) throw new Error('nothing to merge')
  return others.reduce((best, head) => (timeOf(head) < timeOf(best) ? head : best), first)
}

const timeOf = ({ event }: Head): number => (event.kind === 'line' ? (event.time ?? -Infinity) : -Infinity)

/** Several logs one after the other, as far as they go; what comes later comes as it comes. */
export async function* chainLogs(sources: readonly AsyncGenerator<LogEvent>[]): AsyncGenerator<SourcedEvent> {
  const waiting: Pick<Head, 'source' | 'events'>[] = []
  for (const [source, events] of sources.entries()) {
    for (;;) {
      const next = await events.next()
      if (next.done === true) break
      yield { source, event: next.value }
      if (next.value.kind === 'caught-up') {
        waiting.push({ source, events })
        break
      }
    }
  }
  yield* asTheyCome(waiting)
}

async function* asTheyCome(heads: readonly Pick<Head, 'source' | 'events'>[]): AsyncGenerator<SourcedEvent> {
  const pull = async ({ source, events }: Pick<Head, 'source' | 'events'>): Promise<Pulled> => ({
    head: { source, events },
    next: await events.next(),
  })
  const pulls = new Map(heads.map((head) => [head.source, pull(head)]))
  while (pulls.size > 0) {
    const { head, next } = await Promise.race(pulls.values())
    pulls.delete(head.source)
    if (next.done === true) continue
    yield { source: head.source, event: next.value }
    // Only when it has been taken: bytes are good until the next call.
    pulls.set(head.source, pull(head))
  }
}

interface Pulled {
  readonly head: Pick<Head, 'source' | 'events'>
  readonly next: IteratorResult<LogEvent, void>
}
