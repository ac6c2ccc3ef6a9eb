import type { Milliseconds } from '../../base/duration.ts'
import { failure, type Failure } from '../../base/failure.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { checksOf, unplayed, type Verdict } from '../../decide/conform/report.ts'
import type { Need, Scenario } from '../../decide/conform/scenario.ts'
import { parsePidfile } from '../../decide/pidfile.ts'
import type { Host, TestBench } from '../../host/host.ts'
import { Eye, type Obstacle } from './eye.ts'
import { Player } from './player.ts'
import type { ConformSubject } from './subject.ts'

export interface ConformOptions {
  readonly scenarios: readonly Scenario[]
  /** How long each action may take. */
  readonly within: Milliseconds
  /** A daemon that runs is stopped first, and started again at the end. */
  readonly interrupt: boolean
  /** Marks what the script starts; of this run only. */
  readonly token: string
  /** Told of each scenario when it was played. */
  readonly played: (scenario: Scenario, verdicts: readonly Verdict[]) => void
  /** Nothing more is tried; what was begun is ended all the same. */
  readonly interrupted: AbortSignal
}

/** Plays the scenarios one after the other; each begins and ends with a daemon that is stopped. */
export async function conform(
  host: Host,
  bench: TestBench,
  subject: ConformSubject,
  { scenarios, within, interrupt, token, played, interrupted }: ConformOptions,
): Promise<Result<readonly Verdict[], Failure>> {
  const { mainPid } = subject
  const askInit = mainPid === undefined ? undefined : () => mainPidOf(bench, mainPid, within)
  const eye = new Eye({ processes: host.processes, bench, token, askInit }, subject.pidfile)
  const nobody = host.processes.self().uid === 0 ? host.users.credentials('nobody', undefined) : undefined
  const player = new Player({
    host,
    bench,
    subject,
    eye,
    within,
    token,
    interrupted,
    nobody: nobody?.ok === true ? nobody.value : undefined,
  })

  const running = await signOfLife(host, bench, player, eye)
  if (running !== undefined && !interrupt) {
    return err(
      failure('failed', 'judging the condition', `${subject.title}: ${running.why}, and the test would stop it`, {
        remedy: 'stop it first, or use --interrupt: it is then started again at the end',
      }),
    )
  }
  const verdicts: Verdict[] = []
  try {
    if (running !== undefined) await player.act('stop')
    for (const scenario of scenarios) {
      const obstacle = player.obstacle ?? (await unmetNeed(scenario.needs, player, eye))
      const found =
        obstacle === undefined
          ? await player.play(scenario)
          : unplayed(scenario, checksOf(scenario), obstacle.result, obstacle.why)
      verdicts.push(...found)
      await player.tidyUp()
      played(scenario, found)
    }
  } finally {
    await player.tidyUp()
    if (running?.says === true) await player.act('start')
  }
  return ok(verdicts)
}

/** The script's own word is asked first, but a lying script must not cost anybody his daemon. */
async function signOfLife(host: Host, bench: TestBench, player: Player, eye: Eye): Promise<SignOfLife | undefined> {
  const { exit } = await player.act('status')
  if (exit.kind === 'code' && exit.code === 0) return { says: true, why: 'status says that it runs' }
  const text = eye.pidfile === undefined ? undefined : bench.readPidfile(eye.pidfile)
  const content = text === undefined ? undefined : parsePidfile(text, host.processes.pidMax())
  return content?.kind === 'pid' && host.processes.read(content.pid).kind !== 'none'
    ? { says: false, why: `PID ${content.pid} of its pidfile is alive` }
    : undefined
}

interface SignOfLife {
  /** By the script's own word. */
  readonly says: boolean
  readonly why: string
}

async function unmetNeed(needs: readonly Need[], player: Player, eye: Eye): Promise<Obstacle | undefined> {
  for (const need of needs) {
    const obstacle = await unmet(need, player, eye)
    if (obstacle !== undefined) return obstacle
  }
  return undefined
}

async function unmet(need: Need, player: Player, eye: Eye): Promise<Obstacle | undefined> {
  switch (need) {
    case 'root':
      return player.canBeNobody
        ? undefined
        : { result: 'not-applicable', why: 'only root can call it as somebody without rights' }
    case 'name':
    case 'pidfile': {
      if (!player.knowsName) await player.learn()
      if (need === 'pidfile') return eye.pidfileObstacle
      return player.knowsName ? undefined : { result: 'untested', why: 'the daemon does not start' }
    }
    default:
      return need satisfies never
  }
}

async function mainPidOf(bench: TestBench, words: readonly string[], within: Milliseconds): Promise<number> {
  const { output } = await bench.call({
    argv: words,
    environment: {},
    directory: '/',
    umask: 0o022,
    inputClosed: false,
    credentials: undefined,
    within,
  })
  return Number(output[0] ?? 0)
}
