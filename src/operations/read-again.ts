import type { Host } from '../host/host.ts'
import type { Subject } from './run.ts'

/**
 * Who reads the output of a captured daemon may have been killed, and its keeper as well; then the daemon waits as soon
 * as its pipe is full. A verb, a stop above all, does not leave it like that.
 */
export function readAgain(host: Host, { key, definition }: Subject, warn: (text: string) => void): void {
  if (!definition.log.capture) return
  const revived = host.captures.revive(key, { passOn: false })
  if (!revived.ok) return warn(revived.error.message)
  for (const stream of revived.value.filter(({ is }) => is === 'unread')) {
    warn(
      stream.keeper === undefined
        ? `nobody reads its ${stream.stream} any more, and only a watcher can have it passed on`
        : `nobody read its ${stream.stream} any more: a reader was begun`,
    )
  }
}

/** The same for who only looks: a note for people. */
export function notesOnReading(host: Host, { key, definition }: Subject): readonly string[] {
  if (!definition.log.capture) return []
  return host.captures
    .look(key)
    .filter(({ is }) => is === 'unread')
    .map(
      ({ stream }) =>
        `nobody reads its ${stream}: it waits when the pipe is full. "daemonctl start ${definition.name}" has it read again`,
    )
}
