import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { linuxProcessTable, looksOf } from '../../src/host/process-table.ts'
import { portableLooksOf } from '../../src/host/process-table-portable.ts'

test.runIf(process.platform === 'linux' && existsSync('/usr/bin/ps'))(
  'what ps(1) says of a process is what /proc says',
  () => {
    const reading = linuxProcessTable().read(process.pid)
    if (reading.kind !== 'seen') throw new Error('we are not there')
    const [ours, theirs] = [looksOf(reading.process), portableLooksOf(reading.process)]
    expect([theirs.uid, theirs.effectiveUid, theirs.gid]).toEqual([ours.uid, ours.effectiveUid, ours.gid])
    expect(theirs.argv.join(' ')).toBe(ours.argv.join(' ').trim().replaceAll(/\s+/g, ' '))
    expect([ours.pid, theirs.pid]).toEqual([process.pid, process.pid])
  },
)
