import { parsePidfile } from '../pidfile.ts'
import type { ProcessFacts } from '../process-facts.ts'
import { nameAll, octal, type PidfileSight, type Writing } from './sight.ts'
import { advice, failed, passed, untested, type Check } from './verdict.ts'

export interface PidfileSeen {
  readonly pidfile: PidfileSight | undefined
  readonly path: string
  /** Who may own it: root, we ourselves, and whoever the daemon runs as. */
  readonly owners: readonly number[]
  /** Everything of the daemon that was alive when it was read. */
  readonly members: readonly ProcessFacts[]
  readonly writing: Writing
}

const PID_MAX = 2 ** 22

const none = untested('there is no pidfile')

export const PIDFILE_CHECKS: readonly Check<PidfileSeen>[] = [
  {
    id: 'pidfile-process',
    title: 'the pidfile names a living process of the daemon',
    judge: ({ pidfile, path, members }) => {
      if (pidfile === undefined) return failed(`there is no ${path}`, 'write it before the launcher ends')
      const content = parsePidfile(pidfile.text, PID_MAX)
      if (content.kind !== 'pid') {
        return failed(
          `${path} holds ${JSON.stringify(pidfile.text.slice(0, 40))}`,
          'write one decimal number and a newline',
        )
      }
      if (members.some(({ pid }) => pid === content.pid)) return passed
      return failed(
        `it names PID ${content.pid}; of the daemon there is ${nameAll(members) || 'nothing'}`,
        'let the daemon itself write its PID, after its last fork and not before',
      )
    },
  },
  {
    id: 'pidfile-form',
    title: 'the pidfile holds one number and a newline',
    judge: ({ pidfile }) => {
      if (pidfile === undefined) return none
      return /^\d+\n$/.test(pidfile.text)
        ? passed
        : advice(
            `it holds ${JSON.stringify(pidfile.text.slice(0, 40))}`,
            'write PID and "\\n": "read" in shells needs it',
          )
    },
  },
  {
    id: 'pidfile-mode',
    title: 'nobody else may write the pidfile',
    judge: ({ pidfile }) => {
      if (pidfile === undefined) return none
      return (pidfile.mode & 0o022) === 0
        ? passed
        : failed(
            `its mode is ${octal(pidfile.mode)}: whoever writes another PID into it decides whom "stop" ends`,
            'create it with mode 0644, whatever the umask: umask(022) instead of umask(0)',
          )
    },
  },
  {
    id: 'pidfile-owner',
    title: 'the pidfile belongs to the daemon or to root',
    judge: ({ pidfile, owners }) => {
      if (pidfile === undefined) return none
      return owners.includes(pidfile.uid)
        ? passed
        : failed(`it belongs to the user ${pidfile.uid}`, 'write it before privileges are dropped, or as the daemon')
    },
  },
  {
    id: 'pidfile-atomic',
    title: 'the pidfile is put there whole',
    judge: ({ writing }) => {
      if (writing === 'not-seen') return untested('its writing was not seen')
      return writing === 'whole'
        ? passed
        : advice(
            'it is written in place: whoever reads it at the wrong moment reads nothing',
            'write PATH.new, then rename(2) it to PATH',
          )
    },
  },
]
