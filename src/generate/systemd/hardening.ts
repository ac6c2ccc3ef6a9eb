import type { Definition } from '../../definition/definition.ts'
import { declaredPaths, declaredPorts } from '../declared-paths.ts'
import type { Losses } from '../losses.ts'
import type { GenerateOptions } from '../options.ts'
import { settingWord } from '../quote/systemd.ts'

/**
 * What a daemon may do, in three tiers. safe holds what broke none of many real daemons that were started with each
 * option alone, and is left out where the definition itself speaks against it. strict is derived from what the
 * definition declares, so that it suits only daemons whose paths are all declared (`--writable` adds some).
 */
export function hardeningLines(
  definition: Definition,
  options: GenerateOptions,
  writable: readonly string[],
  losses: Losses,
): readonly string[] {
  if (options.hardening === 'none') return []
  if (definition.stop.killMode === 'main') {
    losses.note(
      'stop.kill-mode',
      'what this daemon starts lives on without it, as sessions and cron tables do, and would be confined as well',
      'the unit is not hardened',
    )
    return []
  }
  const paths = declaredPaths(definition)
  const uses = (...places: readonly string[]): boolean =>
    paths.some((path) => places.some((place) => path === place || path.startsWith(`${place}/`)))
  const safe = options.userManager ? userSafe() : systemSafe(uses)
  if (options.hardening === 'safe') return safe
  return [...safe, ...(options.userManager ? [] : strict(definition, uses, writable))]
}

/** The manager of a user has no privileges: what needs some fails there. */
const userSafe = (): readonly string[] => [
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
]

type Uses = (...places: readonly string[]) => boolean

const HOMES = ['/home', '/root', '/run/user']

function systemSafe(uses: Uses): readonly string[] {
  return [
    'NoNewPrivileges=yes',
    // A socket in /tmp would be seen by nobody else.
    ...(uses('/tmp', '/var/tmp') ? [] : ['PrivateTmp=yes']),
    'ProtectSystem=yes',
    ...(uses(...HOMES) ? [] : ['ProtectHome=read-only']),
    'ProtectControlGroups=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'SystemCallArchitectures=native',
  ]
}

/** They make code while they run. */
const MAKES_CODE =
  /^(node|nodejs|bun|deno|java|php[\d.]*|php-fpm[\d.]*|luajit|ruby[\d.]*|mono|dotnet|beam\.smp|postgres|pg_ctl|pypy3?)$/

/** Started as root, most daemons bind their ports, give up root and confine themselves: with these. */
const OF_ROOT = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
  'CAP_SYS_RESOURCE',
]

function strict(definition: Definition, uses: Uses, writable: readonly string[]): readonly string[] {
  const isRoot = definition.user === undefined || definition.user === 'root' || definition.user === '0'
  const program = definition.command.argv[0] ?? ''
  const low = declaredPorts(definition).some((port) => port < 1024)
  const capabilities = isRoot ? OF_ROOT : low ? ['CAP_NET_BIND_SERVICE'] : []
  return [
    'ProtectSystem=strict',
    ...(writable.length === 0 ? [] : [`ReadWritePaths=${writable.map((path) => settingWord(`-${path}`)).join(' ')}`]),
    ...(uses(...HOMES) ? [] : ['ProtectHome=yes']),
    'PrivateDevices=yes',
    'ProtectProc=invisible',
    'RemoveIPC=yes',
    `CapabilityBoundingSet=${capabilities.join(' ')}`,
    ...(low && !isRoot ? ['AmbientCapabilities=CAP_NET_BIND_SERVICE'] : []),
    // Without NETLINK some lose their sockets in silence, for they cannot list the interfaces.
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    ...(MAKES_CODE.test(program.slice(program.lastIndexOf('/') + 1)) ? [] : ['MemoryDenyWriteExecute=yes']),
    // What is not allowed fails, as it does without privileges; it does not kill.
    'SystemCallErrorNumber=EPERM',
    isRoot ? 'SystemCallFilter=@system-service @setuid chroot' : 'SystemCallFilter=@system-service',
    ...(isRoot ? [] : ['SystemCallFilter=~@privileged @resources']),
  ]
}
