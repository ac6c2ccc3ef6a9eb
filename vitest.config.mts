import { defineConfig } from 'vitest/config'
import { parsedTemplate } from './scripts/templates.mjs'

const define = { FAULT_POINTS: 'false', BUILD_ID: '"test"' }

/** Templates are parsed, as the build has them. */
const plugins = [
  {
    name: 'templates',
    transform: (code: string, id: string) =>
      id.endsWith('.mustache')
        ? { code: `export default ${JSON.stringify(parsedTemplate(code))}`, map: null }
        : undefined,
  },
]

export default defineConfig({
  define,
  test: {
    projects: [
      {
        define,
        plugins,
        test: {
          name: 'unit',
          include: [
            'test/{base,boot,definition,decide,host,logs,operations,generate,cli,watch,simulation,docs}/**/*.test.ts',
          ],
          testTimeout: 20_000,
        },
      },
      {
        define,
        test: {
          name: 'processes',
          include: ['test/processes/**/*.test.ts'],
          globalSetup: ['test/processes/build.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        define,
        test: {
          name: 'daemons',
          include: ['test/daemons/**/*.test.ts'],
          globalSetup: ['test/processes/build.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        define,
        plugins,
        test: {
          name: 'inits',
          include: ['test/inits/**/*.test.ts'],
          globalSetup: ['test/processes/build.ts', 'test/inits/build.ts'],
          // Most of the time is spent waiting for inits.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
