import type { Failure } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import type { Notification } from '../decide/watch/notification.ts'

/** Where daemons speak for as long as they run. sd_notify(3) */
export interface NotifyEars {
  /**
   * Only what is said by one whose word counts is heard. Whoever listens already in this process goes on; from another
   * process the place is taken over.
   */
  open(key: string, speaker: Speaker, heard: (said: Notification) => void): Result<NotifyEar, Failure>
  /** Another process listens there. */
  isTaken(key: string): boolean
}

/** Whose word counts: that of the daemon's user, of root, and of whatever comes from its process. */
export interface Speaker {
  readonly uid: number
  /** Known once it has been made. */
  readonly pid: number | undefined
}

/** A socket on which one daemon is heard. */
export interface NotifyEar {
  /** Hears what has been said and not been heard yet. */
  listen(): void
  close(): void
}
