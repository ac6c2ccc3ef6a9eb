import {
  exits,
  exitsIfDead,
  exitsIfOffered,
  holds,
  holdsIfOffered,
  notAlone,
  notReplaced,
  notTheSame,
  notUp,
  outputHeld,
  saysNothing,
  somethingBegan,
  somethingLeft,
  statusOfTheDead,
  strangerHarmed,
  type Check,
} from './check.ts'
import type { Scenario, Step, Surroundings } from './scenario.ts'

const OPTIONAL: readonly (string | undefined)[] = ['reload', 'try-restart']

const act = (
  action: string | undefined,
  look: 'up' | 'down' | 'as-is',
  checks: readonly Check[] = [],
  surroundings: Surroundings = 'usual',
): Step => ({ do: 'act', action, look, surroundings, optional: OPTIONAL.includes(action), checks })

/** The steps by which Pacemaker wants a script to be tried. Pacemaker Explained, "LSB Resource Agents". */
const sequence: Scenario = {
  name: 'sequence',
  title: 'Start, stop and status, each twice',
  needs: [],
  steps: [
    act('status', 'as-is', [
      exits('status-stopped', 'status of what never ran is 3', 'status-table', 3),
      holds('status-starts-nothing', 'status starts nothing', 'status-says', somethingBegan),
    ]),
    act('stop', 'down', [exits('stop-stopped', 'stop of what never ran succeeds', 'stop-again', 0)]),
    act('start', 'up', [
      exits('start', 'start succeeds', 'success', 0),
      holds('start-runs', 'the daemon runs after a start', 'success', notUp),
      holds('start-lets-go', 'the daemon does not hold the output of the script', 'output', outputHeld),
    ]),
    act('status', 'as-is', [
      exits('status-running', 'status of what runs is 0', 'status-table', 0),
      holds('status-says', 'status says something', 'status-says', saysNothing),
    ]),
    act('start', 'up', [
      exits('start-again', 'start of what runs succeeds', 'start-again', 0),
      holds('start-again-once', 'start of what runs starts no second copy', 'start-again', notAlone),
    ]),
    act('stop', 'down', [
      exits('stop', 'stop succeeds', 'success', 0),
      holds('stop-complete', 'nothing is left after a stop', 'stop-complete', somethingLeft),
    ]),
    act('status', 'as-is', [exits('status-after-stop', 'status after a stop is 3', 'status-table', 3)]),
    act('stop', 'down', [exits('stop-again', 'stop of what is stopped succeeds', 'stop-again', 0)]),
  ],
}

const running: Scenario = {
  name: 'running',
  title: 'The other actions while it runs',
  needs: [],
  steps: [
    act('start', 'up'),
    act('reload', 'up', [
      exitsIfOffered('reload', 'reload succeeds', 'reload', 0),
      holdsIfOffered('reload-lives', 'the daemon lives on after a reload', 'reload', notUp),
    ]),
    act('force-reload', 'up', [
      exits('force-reload', 'force-reload succeeds', 'force-reload', 0),
      holds('force-reload-runs', 'the daemon runs after a force-reload', 'force-reload', notUp),
    ]),
    act('restart', 'up', [
      exits('restart', 'restart succeeds', 'restart-running', 0),
      holds('restart-anew', 'another process runs after a restart', 'restart-running', notReplaced),
    ]),
    act('try-restart', 'up', [
      exitsIfOffered('try-restart', 'try-restart succeeds', 'try-restart', 0),
      holdsIfOffered('try-restart-anew', 'another process runs after a try-restart', 'try-restart', notReplaced),
    ]),
    act('no-such-action', 'as-is', [
      exits('unknown-action', 'an action that is none is wrong usage', 'usage', 2),
      holds('unknown-action-harmless', 'an action that is none does nothing', 'usage', notTheSame),
    ]),
    act(undefined, 'as-is', [
      exits('no-action', 'no action at all is wrong usage', 'usage', 2),
      holds('no-action-harmless', 'no action at all does nothing', 'usage', notTheSame),
    ]),
    act('stop', 'down'),
  ],
}

const stopped: Scenario = {
  name: 'stopped',
  title: 'The other actions while it is stopped',
  needs: [],
  steps: [
    act('reload', 'as-is', [
      exitsIfOffered('reload-stopped', 'reload of what is stopped is 7', 'reload-stopped', 7),
      holdsIfOffered('reload-starts-nothing', 'reload starts nothing', 'reload-stopped', somethingBegan),
    ]),
    act('try-restart', 'as-is', [
      exitsIfOffered('try-restart-stopped', 'try-restart of what is stopped succeeds', 'try-restart', 0),
      holdsIfOffered('try-restart-starts-nothing', 'try-restart starts nothing', 'try-restart', somethingBegan),
    ]),
    act('force-reload', 'as-is', [
      // It did not fail at what it should do, and it did not do it: both can be said.
      exits('force-reload-stopped', 'force-reload of what is stopped is 0 or 7', 'force-reload', 0, 7),
      holds('force-reload-starts-nothing', 'force-reload starts nothing', 'force-reload', somethingBegan),
    ]),
    act('restart', 'up', [
      exits('restart-stopped', 'restart of what is stopped succeeds', 'restart-stopped', 0),
      holds('restart-stopped-runs', 'restart starts what is stopped', 'restart-stopped', notUp),
    ]),
    act('stop', 'down'),
  ],
}

const death: Scenario = {
  name: 'death',
  title: 'After a sudden death',
  needs: [],
  steps: [
    act('start', 'up'),
    { do: 'kill' },
    act('status', 'as-is', [
      statusOfTheDead('status-dead', 'status of the dead is 1 while its pidfile exists, else 2 or 3'),
    ]),
    act('reload', 'as-is', [exitsIfDead('reload-dead', 'reload of the dead is 7', 'reload-stopped', 7)]),
    act('start', 'up', [
      exits('start-dead', 'start over a stale pidfile succeeds', 'success', 0),
      holds('start-dead-runs', 'the daemon runs after it', 'success', notUp),
    ]),
    act('status', 'as-is', [exits('status-revived', 'status is 0 again', 'status-table', 0)]),
    { do: 'kill' },
    act('stop', 'down', [exits('stop-dead', 'stop of the dead succeeds', 'stop-again', 0)]),
    act('status', 'as-is', [exits('status-buried', 'status after that stop is 3', 'status-table', 3)]),
  ],
}

const badPidfile: Scenario = {
  name: 'bad-pidfile',
  title: 'A pidfile that names nobody',
  needs: ['pidfile'],
  steps: [
    { do: 'write-pidfile', holds: 'garbage' },
    act('status', 'as-is', [
      exits('status-garbage', 'status is 1 or 4 where the pidfile is garbage', 'status-table', 1, 4),
    ]),
    act('start', 'up', [
      exits('start-garbage', 'start over garbage succeeds', 'success', 0),
      holds('start-garbage-runs', 'the daemon runs after it', 'success', notUp),
    ]),
    act('stop', 'down', [holds('stop-garbage', 'nothing is left after the stop', 'stop-complete', somethingLeft)]),
    { do: 'write-pidfile', holds: 'nothing' },
    act('status', 'as-is', [
      exits('status-empty', 'status is 1 or 4 where the pidfile is empty', 'status-table', 1, 4),
    ]),
    act('start', 'up', [
      exits('start-empty', 'start over an empty pidfile succeeds', 'success', 0),
      holds('start-empty-runs', 'the daemon runs after it', 'success', notUp),
    ]),
    act('stop', 'down'),
  ],
}

const foreign: Scenario = {
  name: 'foreign',
  title: "A pidfile with the PID of another's process",
  needs: ['pidfile'],
  steps: [
    { do: 'begin-stranger' },
    { do: 'write-pidfile', holds: 'the stranger' },
    act('status', 'as-is', [
      exits('status-foreign', 'status is 1 or 4, for the daemon is dead', 'status-table', 1, 4),
      holds('status-foreign-unharmed', 'status does no harm to the other process', 'strangers', strangerHarmed),
    ]),
    act('reload', 'as-is', [
      exitsIfOffered('reload-foreign', 'reload is 7, for the daemon is dead', 'reload-stopped', 7),
      holds('reload-foreign-unharmed', 'reload does no harm to the other process', 'strangers', strangerHarmed),
    ]),
    { do: 'write-pidfile', holds: 'the stranger' },
    act('stop', 'as-is', [
      exits('stop-foreign', 'stop succeeds, for the daemon is dead', 'stop-again', 0),
      holds('stop-foreign-unharmed', 'stop does no harm to the other process', 'strangers', strangerHarmed),
    ]),
    { do: 'begin-stranger' },
    { do: 'write-pidfile', holds: 'the stranger' },
    act('start', 'up', [
      exits('start-foreign', 'start succeeds', 'success', 0),
      holds('start-foreign-runs', 'the daemon runs after it', 'success', notUp),
      holds('start-foreign-unharmed', 'start does no harm to the other process', 'strangers', strangerHarmed),
    ]),
    act('stop', 'down', [
      holds('stop-after-foreign', 'nothing is left after the stop', 'stop-complete', somethingLeft),
    ]),
  ],
}

const namesake: Scenario = {
  name: 'namesake',
  title: 'A process of the same name',
  needs: ['name'],
  steps: [
    { do: 'begin-namesake' },
    act('status', 'as-is', [
      exits('status-namesake', 'status is 3: a name is no proof', 'strangers', 3),
      holds('status-namesake-unharmed', 'status does no harm to the other process', 'strangers', strangerHarmed),
    ]),
    act('start', 'up', [
      exits('start-namesake', 'start succeeds', 'strangers', 0),
      holds('start-namesake-runs', 'the daemon runs after it', 'strangers', notUp),
      holds('start-namesake-unharmed', 'start does no harm to the other process', 'strangers', strangerHarmed),
    ]),
    act('stop', 'down', [
      exits('stop-namesake', 'stop succeeds', 'strangers', 0),
      holds('stop-namesake-unharmed', 'stop does no harm to the other process', 'strangers', strangerHarmed),
    ]),
    { do: 'begin-namesake' },
    act('stop', 'down', [holds('stop-again-namesake-unharmed', 'nor does a second stop', 'strangers', strangerHarmed)]),
  ],
}

const surroundings: Scenario = {
  name: 'surroundings',
  title: 'No environment, and an odd one',
  needs: [],
  steps: [
    act(
      'start',
      'up',
      [
        exits('start-bare', 'start succeeds without any environment', 'environment', 0),
        holds('start-bare-runs', 'the daemon runs after it', 'environment', notUp),
      ],
      'bare',
    ),
    act('status', 'as-is', [exits('status-bare', 'status agrees', 'environment', 0)], 'bare'),
    act(
      'stop',
      'down',
      [
        exits('stop-bare', 'stop succeeds without any environment', 'environment', 0),
        holds('stop-bare-complete', 'nothing is left after it', 'environment', somethingLeft),
      ],
      'bare',
    ),
    act(
      'start',
      'up',
      [
        exits('start-odd', 'start succeeds in an odd environment, directory and umask', 'environment', 0),
        holds('start-odd-runs', 'the daemon runs after it', 'environment', notUp),
      ],
      'odd',
    ),
    act('status', 'as-is', [exits('status-odd', 'status in usual surroundings finds it', 'environment', 0)]),
    act(
      'stop',
      'down',
      [
        exits('stop-odd', 'stop succeeds in an odd environment', 'environment', 0),
        holds('stop-odd-complete', 'nothing is left after it', 'environment', somethingLeft),
      ],
      'odd',
    ),
  ],
}

const unprivileged: Scenario = {
  name: 'unprivileged',
  title: 'A user without rights',
  needs: ['root'],
  steps: [
    act(
      'start',
      'as-is',
      [
        exits('start-unprivileged', 'start by an unprivileged user is 4', 'privilege', 4),
        holds('start-unprivileged-nothing', 'and starts nothing', 'privilege', somethingBegan),
      ],
      'nobody',
    ),
  ],
}

export const SCENARIOS: readonly Scenario[] = [
  sequence,
  running,
  stopped,
  death,
  badPidfile,
  foreign,
  namesake,
  surroundings,
  unprivileged,
]

export const SCENARIO_NAMES: readonly string[] = SCENARIOS.map(({ name }) => name)
