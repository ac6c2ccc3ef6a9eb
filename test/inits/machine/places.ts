import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')

/** What the tests build for themselves. */
export const BUILT = join(ROOT, 'dist/inits')

const LAYER_DIRECTORY = '/var/cache/daemonctl-tests/inits'

/** Unpacked packages of inits that cannot be installed beside another, by install.sh. */
export const LAYERS = {
  sysvinit: join(LAYER_DIRECTORY, 'sysvinit'),
} as const
