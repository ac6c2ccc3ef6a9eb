import { closeSync, fstatSync, writeSync } from 'node:fs'
import { errorCode } from './system-error.ts'

/** Tells whoever started us that we are ready: a line on a descriptor that we were given. s6, "notification-fd" */
export function announceReady(fd: number): string | undefined {
  try {
    fstatSync(fd)
    writeSync(fd, '\n')
    closeSync(fd)
    return undefined
  } catch (error) {
    return `descriptor ${fd} is not to be written: ${errorCode(error) ?? String(error)}`
  }
}
