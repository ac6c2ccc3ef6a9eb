import { spawnSync } from 'node:child_process'
import { closeSync, writeSync } from 'node:fs'
import { isTold, ownLogLine, syslogDatagram, type OwnLogSettings, type ToldLevel } from '../decide/own-log.ts'
import { systemClock } from './clock.ts'
import { openOutput } from './log-output.ts'
import { loadNative } from './native.ts'

/** Tells something of daemonctl itself. Never fails: what cannot be told is not worth a failure. */
export type Tell = (level: ToldLevel, text: string) => void

const SYSLOG = '/dev/log'

/** A line is one write(2) to a file that is opened for appending, so that lines of many processes do not mix. */
export function ownLog(settings: OwnLogSettings): Tell {
  const put = writerFor(settings)
  return (level, text) => {
    if (!isTold(settings, level)) return
    try {
      put(level, text)
    } catch {
      // A full disk, a closed terminal, no syslog daemon.
    }
  }
}

function writerFor(settings: OwnLogSettings): Tell {
  const { target } = settings
  const line = (level: ToldLevel, text: string): string =>
    `${ownLogLine(settings, { at: systemClock.now(), level, pid: process.pid, text })}\n`
  switch (target.kind) {
    case 'stderr':
      return (level, text) => void writeSync(2, line(level, text))
    case 'file':
      return (level, text) => {
        // Opened for each line: it may have been rotated away.
        const fd = openOutput({ kind: 'file', path: target.path, mode: 0o640, owner: undefined })
        if (!fd.ok) return
        writeSync(fd.value, line(level, text))
        closeSync(fd.value)
      }
    case 'syslog':
      return (level, text) => {
        const native = loadNative()
        if (native?.sendDatagram(SYSLOG, syslogDatagram(level, process.pid, text)) === true) return
        spawnSync('logger', ['-t', 'daemonctl', '-p', `daemon.${SEVERITY_NAME[level]}`, '--', text], {
          stdio: 'ignore',
        })
      }
  }
}

const SEVERITY_NAME: Readonly<Record<ToldLevel, string>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  error: 'err',
  fatal: 'crit',
}
