import { spawnSync } from 'node:child_process'
import { createReadStream, readdirSync } from 'node:fs'
import { createGunzip } from 'node:zlib'
import type { Rig } from './rig.ts'

/** What became of numbered lines. */
export interface Faults {
  readonly lost: number
  readonly doubled: number
  readonly malformed: number
}

export const FAULTLESS: Faults = { lost: 0, doubled: 0, malformed: 0 }

/** What writes-numbered-lines.pl writes: lines of many lengths, so that blocks end anywhere in them. */
export const numbered = (number: number): string =>
  `${String(number).padStart(9, '0')} ${'x'.repeat((number * 7) % 80)}`

/** The archives of a log, and the log, in their order. */
export function filesOf(rig: Rig, name: string, directory: string = rig.path('log')): readonly string[] {
  const archives = readdirSync(directory).filter((file) => file.startsWith(`${name}.log.2`))
  return [...archives.toSorted(), `${name}.log`].map((file) => `${directory}/${file}`)
}

/** Reads the files as one stream, whatever their size, and compares each line with what was written. */
export async function faultsIn(files: readonly string[], lines: number): Promise<Faults> {
  const seen = new Uint8Array(lines)
  let [doubled, malformed] = [0, 0]
  const look = (line: string): void => {
    const number = Number(line.slice(0, 9))
    if (!/^\d{9} x*$/.test(line) || number >= lines || line !== numbered(number)) malformed += 1
    else if (seen[number] === 1) doubled += 1
    else seen[number] = 1
  }
  let rest = ''
  for (const file of files) {
    const source = createReadStream(file)
    for await (const chunk of file.endsWith('.gz') ? source.pipe(createGunzip()) : source) {
      const parts = (rest + (chunk as Buffer).toString('latin1')).split('\n')
      rest = parts.pop() ?? ''
      parts.forEach(look)
    }
  }
  if (rest !== '') malformed += 1
  return { lost: lines - seen.reduce((sum, one) => sum + one, 0), doubled, malformed }
}

/** Whether the head of a file can be cut out in the place of the rig. */
export const canCollapse = (rig: Rig): boolean => {
  const shell = 'head -c 65536 /dev/zero >"$0" && fallocate -c -o 0 -l 4096 "$0"'
  return spawnSync('sh', ['-c', shell, rig.path('probe')]).status === 0
}
