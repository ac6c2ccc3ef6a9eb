import { join } from 'node:path'

/** The repository: seen by a machine at the same path. */
export const ROOT = join(import.meta.dirname, '../../..')

/** What the tests build for themselves. */
export const BUILT = join(ROOT, 'dist/inits')

const LAYER_DIRECTORY = '/var/cache/daemonctl-tests/inits'

/** Unpacked packages of inits that cannot be installed beside another, by install.sh. */
export const LAYERS = {
  sysvinit: join(LAYER_DIRECTORY, 'sysvinit'),
  openrc: join(LAYER_DIRECTORY, 'openrc'),
  runit: join(LAYER_DIRECTORY, 'runit'),
  s6: join(LAYER_DIRECTORY, 's6'),
} as const
