import type { Definition, EnvironmentFile } from '../definition.ts'
import { FOR_FILE, writeCommand, type Pen } from './pen.ts'
import { writeMetrics } from './probe.ts'
import {
  writeAction,
  writeBoot,
  writeHealth,
  writeHooks,
  writeLimits,
  writeLog,
  writeReload,
  writeRespawn,
  writeStart,
  writeStop,
} from './tables.ts'
import { maybe, tableOf, writeMode, type WrittenTable } from './values.ts'

/**
 * A definition as a file would say it, every default spelt out: reading it gives the same definition again.
 * The name is the file's or the table's.
 */
export function writeDefinition(definition: Definition, pen: Pen = FOR_FILE): WrittenTable {
  return tableOf({
    description: maybe(definition.description, pen.text),
    command: writeCommand(definition.command, pen),
    shell: definition.command.shell ? true : undefined,
    type: definition.type,
    pidfile: pen.text(definition.pidfile),
    executable: maybe(definition.executable, pen.text),
    directory: pen.text(definition.directory),
    user: definition.user,
    group: definition.group,
    umask: writeMode(definition.umask),
    nice: definition.nice,
    'environment-file': definition.environmentFiles.map((file) => writeEnvironmentFile(file, pen)),
    'inherit-environment': definition.inheritEnvironment,
    'config-test': maybe(definition.configTest, (command) => writeCommand(command, pen)),
    'lock-file': maybe(definition.lockFile, pen.text),
    environment: mapValues(definition.environment, pen.text),
    log: writeLog(definition.log, pen),
    start: writeStart(definition.start, pen),
    stop: writeStop(definition.stop, pen),
    reload: writeReload(definition.reload, pen),
    respawn: writeRespawn(definition.respawn),
    health: maybe(definition.health, (health) => writeHealth(health, pen)),
    hooks: writeHooks(definition.hooks, pen),
    limits: writeLimits(definition.limits),
    actions: mapValues(definition.actions, (action) => writeAction(action, pen)),
    metrics: maybe(definition.metrics, (metrics) => writeMetrics(metrics, pen)),
    boot: writeBoot(definition.boot, pen),
  })
}

function writeEnvironmentFile({ path, optional }: EnvironmentFile, pen: Pen): string {
  return `${optional ? '-' : ''}${pen.text(path)}`
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
