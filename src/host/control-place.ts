import { lstatSync, type Stats } from 'node:fs'
import { join } from 'node:path'

export const controlPlace = (runtimeDirectory: string): string => join(runtimeDirectory, 'watch.sock')

/** Something that may be a watcher's socket is there: one look, and nothing else is loaded for it. */
export const isWatcherThere = (runtimeDirectory: string, uid: number): boolean =>
  occupantOf(controlPlace(runtimeDirectory), [uid, 0]).kind === 'socket'

/** What is at a path that a socket of ours may have. */
export type Occupant =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'socket'; readonly stats: Stats }
  | { readonly kind: 'strange'; readonly why: string }

/** Links are not followed, and only sockets of these owners are believed. */
export function occupantOf(path: string, owners: readonly number[]): Occupant {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return { kind: 'nothing' }
  if (stats.isSymbolicLink()) return { kind: 'strange', why: `${path} is a symbolic link` }
  if (!stats.isSocket()) return { kind: 'strange', why: `${path} is not a socket` }
  if (!owners.includes(stats.uid)) return { kind: 'strange', why: `${path} belongs to uid ${stats.uid}` }
  return { kind: 'socket', stats }
}
