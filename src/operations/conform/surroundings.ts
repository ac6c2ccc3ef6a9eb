import type { Surroundings } from '../../decide/conform/scenario.ts'
import { CLEAN_PATH } from '../environment.ts'

export interface Place {
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  readonly umask: number
  readonly inputClosed: boolean
}

/** What an init or service(8) gives to a script. */
const USUAL = { PATH: CLEAN_PATH, LANG: 'C', TERM: 'dumb' }

/** What a person may have. Names that scripts use for themselves are among it: they must not believe them. */
const ODD = {
  PATH: '/nonexistent',
  HOME: '/nonexistent',
  USER: 'nobody',
  LOGNAME: 'nobody',
  IFS: '/',
  CDPATH: '/nonexistent',
  LANG: 'tr_TR.UTF-8',
  NAME: 'another',
  DAEMON: '/nonexistent/another',
  DAEMON_ARGS: '--another',
  PIDFILE: '/nonexistent/another.pid',
}

/** `odd`: an empty directory that goes away. */
export function placeOf(surroundings: Surroundings, odd: string): Place {
  switch (surroundings) {
    case 'usual':
    case 'nobody':
      return { environment: USUAL, directory: '/', umask: 0o022, inputClosed: false }
    case 'bare':
      return { environment: {}, directory: '/', umask: 0o022, inputClosed: true }
    case 'odd':
      return { environment: ODD, directory: odd, umask: 0o077, inputClosed: false }
    default:
      return surroundings satisfies never
  }
}
