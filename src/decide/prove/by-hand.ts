import { describeExit, type Exit } from '../exit.ts'
import { nameAll, type Body } from './sight.ts'
import { advice, failed, passed, untested, type Check, type Finding } from './verdict.ts'

/** A daemon that detaches itself, started as a person might: from a session, a directory and with files of his. */
export interface ByHand {
  readonly exit: Exit
  readonly timedOut: boolean
  /** The output of the launcher did not end with it. */
  readonly outputHeld: boolean
  readonly output: readonly string[]
  readonly caller: {
    readonly session: number | undefined
    readonly directory: string
    /** A file that was open in the caller beside its standard streams. */
    readonly openFile: string
  }
  /** Where it should be. */
  readonly directory: string
  readonly launcherExit: readonly number[]
  readonly bodies: readonly Body[]
}

const lives = (seen: ByHand, judge: () => Finding): Finding =>
  seen.bodies.length === 0 ? untested('no process of it is there') : judge()

export const BY_HAND: readonly Check<ByHand>[] = [
  {
    id: 'hand-launcher',
    title: 'started by hand it gives the prompt back, with success',
    judge: ({ exit, timedOut, launcherExit, output, bodies }) => {
      if (timedOut) return failed('its launcher does not end', 'fork(2), and let the parent end: exit(0)')
      const said = output.length === 0 ? '' : `: ${output.slice(-2).join('; ')}`
      if (exit.kind === 'code' && exit.code === 0) {
        return bodies.length > 0
          ? passed
          : failed(
              `its launcher succeeds, but nothing runs${said}`,
              'let the parent wait until the daemon says, by a pipe, that it has begun',
            )
      }
      if (bodies.length === 0) return failed(`it ${describeExit(exit)}${said}`, 'see what it said')
      return exit.kind === 'code' && launcherExit.includes(exit.code)
        ? passed
        : failed(
            `it runs, but its launcher ${describeExit(exit)}`,
            'end the parent with exit(0): exit($pid) is a failure',
          )
    },
  },
  {
    id: 'hand-session',
    title: 'it leaves the session of whoever starts it',
    judge: (seen) =>
      lives(seen, () => {
        const { session } = seen.caller
        const stayed = seen.bodies.map(({ process }) => process).filter((process) => process.session === session)
        return stayed.length === 0
          ? passed
          : failed(
              `in the session of its caller: ${nameAll(stayed)}`,
              'setsid(2) after the first fork, or it dies with the terminal',
            )
      }),
  },
  {
    id: 'hand-leader',
    title: 'it can never get a terminal again',
    judge: (seen) =>
      lives(seen, () => {
        const leaders = seen.bodies.map(({ process }) => process).filter(({ pid, session }) => pid === session)
        return leaders.length === 0
          ? passed
          : advice(
              `leads its session: ${nameAll(leaders)}`,
              'fork(2) once more after setsid(2), or open files with O_NOCTTY',
            )
      }),
  },
  {
    id: 'hand-output',
    title: 'it lets go of the standard streams of whoever starts it',
    judge: (seen) =>
      seen.outputHeld
        ? failed(
            'it holds the output of its launcher: "$(start it)" and "ssh host start it" never end',
            'open /dev/null and its log as descriptors 0, 1 and 2 (dup2)',
          )
        : lives(seen, () => {
            const missing = seen.bodies.filter(({ descriptors }) =>
              [0, 1, 2].some((wanted) => descriptors.every(({ fd }) => fd !== wanted)),
            )
            return missing.length === 0
              ? passed
              : failed(
                  `standard streams are closed, not opened anew: ${nameAll(missing.map(({ process }) => process))}`,
                  'open /dev/null as 0, 1 and 2: the next file or socket gets the number, and whatever is printed goes into it',
                )
          }),
  },
  {
    id: 'hand-descriptors',
    title: 'it closes the other files of whoever starts it',
    judge: (seen) =>
      lives(seen, () => {
        const kept = seen.bodies.filter(({ descriptors }) =>
          descriptors.some(({ target }) => target === seen.caller.openFile),
        )
        return kept.length === 0
          ? passed
          : advice(
              `keeps a file that its caller had open: ${nameAll(kept.map(({ process }) => process))}`,
              'close every descriptor above 2 before the work begins',
            )
      }),
  },
  {
    id: 'hand-directory',
    title: 'it leaves the directory of whoever starts it',
    judge: (seen) =>
      lives(seen, () => {
        const stayed = seen.bodies.filter(({ directory }) => directory === seen.caller.directory)
        return stayed.length === 0
          ? passed
          : failed(
              `in the directory where it was started: ${nameAll(stayed.map(({ process }) => process))}`,
              'chdir("/"), or its file system cannot be unmounted; make relative paths absolute before',
            )
      }),
  },
]
