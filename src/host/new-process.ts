import type { Exit } from './host.ts'

/** Where one descriptor of a new process leads: to a descriptor of ours, to a line between us, nowhere, or it is ours. */
export type Descriptor = number | 'ignore' | 'inherit' | 'line'

export interface NewProcessRequest {
  readonly path: string
  /** Without the name of the program itself: that is `path`. */
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** A session of its own: setsid(2). */
  readonly detached: boolean
  /** By number, from 0 on. What is 'ignore' below 3 is /dev/null, above it is closed. */
  readonly descriptors: readonly Descriptor[]
}

/** A process that we have made, as a child of ours. It begins in "/" with every signal as it is by default. */
export interface NewProcess {
  readonly pid: number
  readonly exited: Promise<Exit>
  /** The lines that were asked for, by the number that they have there. */
  line(fd: number): Line | undefined
  /** It lives on, and keeps us from nothing. */
  unref(): void
}

/** A connection of which both ends can say something. What goes wrong with it is its end. */
export interface Line {
  write(text: string): void
  /** Hears what is said from now on; resolves at the end of it. */
  hear(heard: (text: string) => void): Promise<void>
  close(): void
}
