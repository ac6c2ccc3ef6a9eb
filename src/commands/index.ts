import type { Command } from '@oclif/core'

/** Every command, loaded when it is called. */
const LOADERS = {
  check: async () => (await import('./check.ts')).default,
  completion: async () => (await import('./completion.ts')).default,
  condrestart: async () => (await import('./condrestart.ts')).default,
  conform: async () => (await import('./conform.ts')).default,
  do: async () => (await import('./do.ts')).default,
  disable: async () => (await import('./disable.ts')).default,
  enable: async () => (await import('./enable.ts')).default,
  events: async () => (await import('./events.ts')).default,
  'force-reload': async () => (await import('./force-reload.ts')).default,
  'gen-launchd': async () => (await import('./gen-launchd.ts')).default,
  'gen-logrotate': async () => (await import('./gen-logrotate.ts')).default,
  'gen-openrc': async () => (await import('./gen-openrc.ts')).default,
  'gen-runit': async () => (await import('./gen-runit.ts')).default,
  'gen-s6': async () => (await import('./gen-s6.ts')).default,
  'gen-systemd': async () => (await import('./gen-systemd.ts')).default,
  'gen-sysvinit': async () => (await import('./gen-sysvinit.ts')).default,
  'gen-tmpfiles': async () => (await import('./gen-tmpfiles.ts')).default,
  help: async () => (await import('./help.ts')).default,
  history: async () => (await import('./history.ts')).default,
  'is-enabled': async () => (await import('./is-enabled.ts')).default,
  list: async () => (await import('./list.ts')).default,
  new: async () => (await import('./new.ts')).default,
  pause: async () => (await import('./pause.ts')).default,
  logs: async () => (await import('./logs.ts')).default,
  prove: async () => (await import('./prove.ts')).default,
  reload: async () => (await import('./reload.ts')).default,
  restart: async () => (await import('./restart.ts')).default,
  resume: async () => (await import('./resume.ts')).default,
  rotate: async () => (await import('./rotate.ts')).default,
  run: async () => (await import('./run.ts')).default,
  scale: async () => (await import('./scale.ts')).default,
  show: async () => (await import('./show.ts')).default,
  signal: async () => (await import('./signal.ts')).default,
  start: async () => (await import('./start.ts')).default,
  status: async () => (await import('./status.ts')).default,
  stop: async () => (await import('./stop.ts')).default,
  watch: async () => (await import('./watch.ts')).default,
} satisfies Readonly<Record<string, () => Promise<Command.Class>>>

type CommandId = keyof typeof LOADERS

export const isCommandId = (id: string): id is CommandId => Object.hasOwn(LOADERS, id)

export const loadCommand = (id: CommandId): Promise<Command.Class> => LOADERS[id]()

export const COMMAND_IDS: readonly string[] = Object.keys(LOADERS)
