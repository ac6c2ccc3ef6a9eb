import type { Bytes } from '../base/size.ts'
import type { CaptureFormat } from '../decide/logs/capture-format.ts'
import type { CaptureDestination } from './capture-target.ts'
import { fileSink, type FileSinkOptions } from './file-sink.ts'
import { journalSink } from './journal-sink.ts'
import { streamSink } from './stream-sink.ts'
import { syslogSink } from './syslog-sink.ts'

/** What is about to be written. */
export interface Portion {
  /** How much of what is staged it was made of. */
  readonly input: Bytes
  readonly staged: Bytes
}

/** Where captured output is written to. */
export interface CaptureSink {
  /**
   * Writes what was made of a portion, then has that consumed. Throws what the system says where nothing could be
   * written: then nothing is consumed, and what was written in part is taken back.
   */
  write(output: Buffer, portion: Portion, consume: () => void): void | Promise<void>
  /** The same for what is not looked at: it is copied to a place in a file. Undefined: it must be looked at. */
  pass?(copyTo: (fd: number, offset: number) => void, portion: Portion, consume: () => void): void
  /** Writes without a word for a reader that comes after us, and without standing still meanwhile. */
  append(output: Buffer): Promise<void>
  /** Has that consumed of what is staged which was written by a reader that was killed before it could do so itself. */
  resume(staged: Bytes, consume: (bytes: Bytes) => void): void
  /** Opens a log again that was renamed. Gives its size. */
  refresh(): Bytes
  /** No write waits any longer for who does not take it. */
  abort(): void
  close(): void
}

export interface SinkOptions extends FileSinkOptions {
  readonly to: CaptureDestination
  readonly format: Pick<CaptureFormat, 'name'>
}

/** Those of syslog and of the journal throw nothing: they wait until somebody takes it. */
export function openSink(options: SinkOptions): CaptureSink {
  const { to, format } = options
  if (to.kind === 'file') return fileSink(to.path, options)
  switch (to.to) {
    case 'syslog':
      return syslogSink(format.name)
    case 'journald':
      return journalSink(format.name)
    case 'stdout':
      return streamSink(1)
  }
}
