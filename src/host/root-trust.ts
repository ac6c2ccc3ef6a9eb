import { readlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { DirectoryFacts } from '../decide/pidfile-trust.ts'
import type { FileFactsGatherer } from './file-facts.ts'

export interface Offence {
  readonly why: string
  /** The exact command. */
  readonly remedy: string
}

const STICKY = 0o1000
const MOST_LINKS = 8

/**
 * What keeps root from believing a file that configures what root does: somebody else may write it, or put another
 * in its place. Undefined: nothing. A file that cannot be looked at throws its system error.
 */
export function offenceAgainstRoot(path: string, facts: FileFactsGatherer): Offence | undefined {
  let place = path
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const file = facts.gather(place)
    for (const [index, directory] of file.directories.entries()) {
      const offence = offenceOfDirectory(directory, file.isSymlink && index === 0)
      if (offence !== undefined) return offence
    }
    if (!file.isSymlink) return offenceOfFile(file)
    place = resolve(dirname(place), readlinkSync(place))
  }
  return { why: `${path} is a chain of symbolic links`, remedy: 'name the file itself' }
}

function offenceOfFile(file: DirectoryFacts): Offence | undefined {
  return offenceOfOwner(file) ?? offenceOfMode(file)
}

/** A sticky directory keeps strangers from replacing a file, but not from planting a link. */
function offenceOfDirectory(directory: DirectoryFacts, holdsLink: boolean): Offence | undefined {
  const offence = offenceOfOwner(directory)
  if (offence !== undefined || ((directory.mode & STICKY) !== 0 && !holdsLink)) return offence
  return offenceOfMode(directory)
}

function offenceOfOwner({ path, owner }: DirectoryFacts): Offence | undefined {
  if (owner === 0) return undefined
  return {
    why: `${path} belongs to uid ${owner}, and it tells root what to do`,
    remedy: `chown -h root ${quoted(path)}`,
  }
}

function offenceOfMode({ path, group, mode }: DirectoryFacts): Offence | undefined {
  const byOthers = (mode & 0o002) !== 0
  const byGroup = (mode & 0o020) !== 0 && group !== 0
  if (!byOthers && !byGroup) return undefined
  const who = byOthers ? 'everybody' : `the group ${group}`
  const what = byOthers && byGroup ? 'go-w' : byOthers ? 'o-w' : 'g-w'
  return { why: `${who} may write ${path}, and it tells root what to do`, remedy: `chmod ${what} ${quoted(path)}` }
}

/** As a shell takes it for one word. */
const quoted = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
