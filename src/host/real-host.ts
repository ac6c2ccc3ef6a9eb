import { join } from 'node:path'
import { diskCaptures } from './captures.ts'
import { LinuxCgroupKeeper } from './cgroup-keeper.ts'
import { cgroupMaker, readCgroupSources } from './cgroup-place.ts'
import { actorOf } from './actor.ts'
import { systemClock } from './clock.ts'
import { ExecaCommandRunner } from './command-runner.ts'
import type { Directories } from './directories.ts'
import { withFaultPoints } from './fault-points.ts'
import { FileFactsGatherer } from './file-facts.ts'
import { DiskFiles } from './files.ts'
import { DiskHistoryStore } from './history-store.ts'
import type { Host } from './host.ts'
import { flockKeeper } from './lock-keeper.ts'
import { DiskLogFiles } from './log-disk.ts'
import { notifyEars } from './notify-ears.ts'
import { notifyObstacle } from './notify-socket.ts'
import { OwnChildren } from './own-children.ts'
import { DiskPidfileStore } from './pidfile-store.ts'
import { NetworkProber } from './prober.ts'
import { linuxProcessTable } from './process-table.ts'
import { portableProcessTable } from './process-table-portable.ts'
import { DiskRecordStore } from './record-store.ts'
import { DiskScaleStore } from './scale-store.ts'
import { scopedMaker } from './scoped-cgroups.ts'
import { identitySignaller } from './signaller.ts'
import { findProgram, gatedSpawner } from './spawner.ts'
import { SystemUserDatabase } from './users.ts'
import { DiskWishStore } from './wish-store.ts'

/** Set by the build: true only in the bundle that the tests of `kill -9` run. */
declare const FAULT_POINTS: boolean

/** The host that we are on. */
export function realHost(
  directories: Directories,
  environment: Readonly<Record<string, string>>,
  warn: (text: string) => void,
): Host {
  const children = new OwnChildren()
  const processes =
    process.platform === 'linux' ? linuxProcessTable((pid) => children.has(pid)) : portableProcessTable()
  const { uid } = processes.self()
  const { runtime: runtimeDirectory, state: stateDirectory } = directories
  const facts = new FileFactsGatherer()
  const users = new SystemUserDatabase()
  const files = new DiskFiles({ uid, facts })
  const commands = new ExecaCommandRunner({
    uid,
    get setpriv() {
      return findProgram('setpriv', environment['PATH'] ?? '/usr/bin:/bin')
    },
  })
  const cgroups = scopedMaker(cgroupMaker(readCgroupSources), runtimeDirectory)
  const places = { notify: join(runtimeDirectory, 'notify'), captures: join(runtimeDirectory, 'captures') }
  const host: Host = {
    clock: systemClock,
    processes,
    signaller: identitySignaller(processes, children),
    spawner: gatedSpawner(processes, cgroups, places, children),
    commands,
    probes: new NetworkProber({ commands, notifyObstacle }),
    pidfiles: new DiskPidfileStore({
      uid,
      facts,
      get pidMax() {
        return processes.pidMax()
      },
    }),
    records: new DiskRecordStore({ runtimeDirectory, stateDirectory, uid, warn }),
    wishes: new DiskWishStore({ stateDirectory, uid, warn }),
    scales: new DiskScaleStore({ stateDirectory, uid, warn }),
    history: new DiskHistoryStore({ stateDirectory, uid, warn, actor: actorOf(users, uid) }),
    locks: flockKeeper(runtimeDirectory, directories.mode),
    cgroups: new LinuxCgroupKeeper(cgroups),
    files,
    logs: new DiskLogFiles({ uid }),
    captures: diskCaptures(places.captures, processes),
    ears: notifyEars(places.notify, processes),
    users,
    environment,
  }
  return FAULT_POINTS ? withFaultPoints(host, environment) : host
}
