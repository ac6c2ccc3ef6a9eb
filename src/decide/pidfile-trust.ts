/** Who could have written a file: its own owner and mode, and those of every directory that leads to it. */
export interface FileFacts {
  readonly path: string
  readonly isRegular: boolean
  readonly isSymlink: boolean
  readonly owner: number
  readonly group: number
  /** Permission bits. */
  readonly mode: number
  /** From the file's own directory up to the root. */
  readonly directories: readonly DirectoryFacts[]
}

export interface DirectoryFacts {
  readonly path: string
  readonly owner: number
  readonly group: number
  readonly mode: number
}

export type Trust =
  | { readonly kind: 'trusted' }
  /** The file proves nothing alone: the executable or the user must match as well. */
  | {
      readonly kind: 'doubtful'
      readonly why: string
      /** The one unprivileged user who could have written it; undefined: it could have been several. */
      readonly writer: number | undefined
    }
  /** The file is not to be read at all. */
  | { readonly kind: 'refused'; readonly why: string; readonly remedy: string }

const STICKY = 0o1000
const GROUP_WRITE = 0o020
const OTHER_WRITE = 0o002

/**
 * How far a pidfile may be believed by `uid`. Root and the user himself are trusted; whoever else could have
 * written the file, or put another in its place, could make us signal any process he likes
 * (start-stop-daemon(8) refuses such files for the same reason).
 */
export function trustOf(file: FileFacts, uid: number): Trust {
  const trusts = (owner: number): boolean => owner === 0 || owner === uid
  const openDirectory = file.directories.find((directory) => othersMayReplaceIn(directory, trusts))
  const own = file.directories[0]
  const plantable = openDirectory ?? (own !== undefined && (own.mode & OTHER_WRITE) !== 0 ? own : undefined)
  if (file.isSymlink && plantable !== undefined) {
    return {
      kind: 'refused',
      why: `it is a symbolic link in ${plantable.path}, a directory that others may write`,
      remedy: `name the file that ${file.path} points to`,
    }
  }
  if (!file.isRegular) return { kind: 'refused', why: 'it is not a regular file', remedy: 'name a regular file' }
  if ((file.mode & OTHER_WRITE) !== 0) {
    return {
      kind: 'refused',
      why: 'everybody may write it, so it could name any process',
      remedy: `chmod 644 ${file.path}, and give the daemon a umask of 022`,
    }
  }
  if ((file.mode & GROUP_WRITE) !== 0 && file.group !== 0) {
    return { kind: 'doubtful', why: `the group ${file.group} may write it`, writer: undefined }
  }
  if (openDirectory !== undefined && trusts(openDirectory.owner)) {
    return { kind: 'doubtful', why: `others may replace it in ${openDirectory.path}`, writer: undefined }
  }
  const writers = new Set([file, ...file.directories].map((place) => place.owner).filter((owner) => !trusts(owner)))
  const [writer] = writers
  if (writer === undefined) return { kind: 'trusted' }
  const why = trusts(file.owner)
    ? `uid ${writer} may replace it in ${openDirectory?.path ?? ''}`
    : `it belongs to uid ${file.owner}`
  return { kind: 'doubtful', why, writer: writers.size === 1 ? writer : undefined }
}

/** In a sticky directory a file can be replaced only by its owner and the directory's. */
function othersMayReplaceIn(directory: DirectoryFacts, trusts: (owner: number) => boolean): boolean {
  if (!trusts(directory.owner)) return true
  if ((directory.mode & STICKY) !== 0) return false
  return (directory.mode & OTHER_WRITE) !== 0 || ((directory.mode & GROUP_WRITE) !== 0 && directory.group !== 0)
}
