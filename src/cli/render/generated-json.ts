import type { Generated, GeneratedFile } from '../../generate/generated.ts'
import type { Target } from '../../generate/target.ts'
import { plain } from '../../base/json.ts'

/** What was made for one daemon. */
export interface Made extends Generated {
  readonly name: string
}

/** The shape of gen-* --json. docs/json.md */
export const generatedJson = (
  target: Target,
  made: readonly Made[],
  places: ReadonlyMap<GeneratedFile, string> | undefined,
): ReturnType<typeof plain> =>
  plain({
    version: 1,
    target,
    daemons: made.map(({ name, files, losses }) => ({
      name,
      files: files.map((file) => ({
        path: file.path,
        mode: file.mode.toString(8).padStart(4, '0'),
        text: file.text,
        'written-to': places?.get(file) ?? null,
      })),
      losses: losses.map(({ key, why, instead, byDefault }) => ({ key, why, instead, 'by-default': byDefault })),
    })),
    failure: null,
  })
