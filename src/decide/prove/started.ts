import type { Milliseconds } from '../../base/duration.ts'
import type { Failure } from '../../base/failure.ts'
import type { Probe } from '../../definition/definition.ts'
import { nameAll, octal, type Body } from './sight.ts'
import { advice, failed, passed, type Check, type Finding } from './verdict.ts'

/** What became of a verb of daemonctl. */
export interface Verb {
  readonly result: 'done' | 'nothing' | 'failed'
  readonly failure: Failure | undefined
  readonly took: Milliseconds
}

/** The daemon after daemonctl has started it. */
export interface Started {
  readonly verb: Verb
  readonly ready: Probe | undefined
  readonly bodies: readonly Body[]
  /** The session that daemonctl itself is in. */
  readonly ourSession: number | undefined
  readonly directory: string
}

export const whyNot = ({ failure }: Verb): string =>
  [failure?.message ?? 'nothing was done', ...(failure?.details ?? []).slice(-2)].join('; ')

const of = (bodies: readonly Body[]): string => nameAll(bodies.map(({ process }) => process))

const nobody = (bodies: readonly Body[], finding: (bodies: string) => Finding): Finding =>
  bodies.length === 0 ? passed : finding(of(bodies))

export const STARTED: readonly Check<Started>[] = [
  {
    id: 'start',
    title: 'it starts',
    judge: ({ verb }) =>
      verb.result === 'done' ? passed : failed(whyNot(verb), verb.failure?.remedy ?? 'see its log'),
  },
  {
    id: 'ready',
    title: 'it tells when it is ready',
    judge: ({ ready }) =>
      ready === undefined || ready.kind === 'delay'
        ? advice(
            'it counts as ready because it has not died yet',
            'let it write a line to a descriptor, and define start.ready = { fd = 3 }; or name its port or socket',
          )
        : passed,
  },
  {
    id: 'terminal',
    title: 'it has no terminal',
    judge: ({ bodies }) =>
      nobody(
        bodies.filter(({ process }) => process.terminal !== 0),
        (who) => failed(`has a terminal: ${who}`, 'setsid(2), then open no terminal without O_NOCTTY'),
      ),
  },
  {
    id: 'session',
    title: 'it is in a session of its own',
    judge: ({ bodies, ourSession }) =>
      nobody(
        bodies.filter(({ process }) => process.session === ourSession),
        (who) => failed(`in the session of daemonctl: ${who}`, 'setsid(2) after the first fork'),
      ),
  },
  {
    id: 'streams',
    title: 'its standard streams are open, and none is a terminal',
    judge: ({ bodies }) =>
      nobody(bodies.filter(hasBadStreams), (who) =>
        failed(
          `a standard stream is closed or a terminal: ${who}`,
          'open /dev/null or a log as 0, 1 and 2: the next file gets the number of a closed one, and what is printed goes into it',
        ),
      ),
  },
  {
    id: 'directory',
    title: 'it stands in / or where it is defined to',
    judge: ({ bodies, directory }) =>
      nobody(
        bodies.filter((body) => body.directory !== undefined && !['/', directory].includes(body.directory)),
        (who) =>
          advice(
            `stands elsewhere (${[...new Set(bodies.map((body) => body.directory))].join(', ')}): ${who}`,
            'chdir("/"), or define "directory": a file system that somebody stands in cannot be unmounted',
          ),
      ),
  },
  {
    id: 'umask',
    title: 'others may not write what it creates',
    judge: ({ bodies }) =>
      nobody(
        bodies.filter(({ umask }) => umask !== undefined && (umask & 0o002) === 0),
        (who) =>
          failed(
            `the umask is ${octal(bodies.find(({ umask }) => umask !== undefined)?.umask ?? 0)}: ${who}`,
            'umask(022), or 027, instead of umask(0)',
          ),
      ),
  },
]

function hasBadStreams({ descriptors }: Body): boolean {
  return [0, 1, 2].some((wanted) => {
    const target = descriptors.find(({ fd }) => fd === wanted)?.target
    // Where nothing can be seen, nothing is complained of.
    if (descriptors.length === 0) return false
    return target === undefined || /^\/dev\/(?:tty|pts\/|console)/.test(target)
  })
}
