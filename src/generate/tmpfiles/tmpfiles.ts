import { posix } from 'node:path'
import { ok } from '../../base/result.ts'
import template from '../../../templates/tmpfiles.mustache'
import { fill } from '../fill.ts'
import type { Generator } from '../generator.ts'
import { settingWord } from '../quote/systemd.ts'
import { namedLogs } from '../named-logs.ts'

/** Directories of the host, which are there and belong to nobody in particular. */
const HOSTS = new Set([
  '/',
  '/run',
  '/var/run',
  '/var/log',
  '/var/lib',
  '/var/cache',
  '/tmp',
  '/var/tmp',
  '/run/lock',
  '/var/lock',
])

/** The directories and log files that a daemon needs before it starts. tmpfiles.d(5) */
export const tmpfiles: Generator = (definition, options) => {
  const { name, log, pidfile, type } = definition
  const logs = namedLogs(definition)
  const owner = { user: settingWord(definition.user ?? '-'), group: settingWord(definition.group ?? '-') }
  const root = { user: '-', group: '-' }
  const ours = (path: string): boolean => [options.runtimeDirectory, options.logDirectory].includes(path)
  const directories = [
    ...(type === 'forking' ? [posix.dirname(pidfile)] : []),
    ...logs.map((path) => posix.dirname(path)),
  ].filter((path) => !HOSTS.has(path))
  const view = {
    name: definition.name,
    comments: [],
    directories: [...new Set(directories)].map((path) => ({
      path: settingWord(path),
      mode: '0755',
      ...(ours(path) ? root : owner),
    })),
    files: logs.map((path) => ({ path: settingWord(path), mode: log.mode.toString(8).padStart(4, '0'), ...owner })),
  }
  return ok([{ path: `/etc/tmpfiles.d/${name}.conf`, name: `${name}.conf`, text: fill(template, view), mode: 0o644 }])
}
