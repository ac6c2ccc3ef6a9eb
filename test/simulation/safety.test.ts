import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { daemons, seeds, settings, WITHIN } from './chance.ts'
import { chapters, describe as name, Story } from './story.ts'

const stories = fc.record({
  daemon: daemons,
  seed: seeds,
  chapters: fc.array(chapters, { maxLength: 20, size: 'max' }),
})

test(
  'P1, P2: whatever happens, no stranger is signalled or called running, and no two copies run',
  { timeout: WITHIN },
  async () => {
    await fc.assert(
      fc.asyncProperty(stories, fc.constantFrom(0, 4), async ({ daemon, seed, chapters }, jitter) => {
        const story = new Story(daemon, seed)
        story.world.jitter = jitter
        for (const chapter of chapters) {
          await story.tell(chapter)
          expect(story.violations, story.told.join('\n')).toEqual([])
          expect(story.strangersSignalled(), story.told.join('\n')).toEqual([])
        }
        await story.rest()
        await story.status()
        const { outcome } = await story.run('stop')
        expect(story.violations, story.told.join('\n')).toEqual([])
        expect(story.strangersSignalled(), story.told.join('\n')).toEqual([])
        // P4: success means that nothing is left; failure names what is.
        const left = story.world.allOf()
        if (outcome.result !== 'failed') expect(left.map(name), story.told.join('\n')).toEqual([])
        else if (outcome.failure?.reason === 'survivors') {
          const named = (outcome.failure.details ?? []).map((line) => Number(/^pid (\d+)/.exec(line)?.[1]))
          for (const process of left) expect(named, story.told.join('\n')).toContain(process.pid)
        }
      }),
      settings(500),
    )
  },
)
