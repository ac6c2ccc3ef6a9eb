import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'

/** More links than this lead nowhere. */
const MOST_LINKS = 40

/**
 * Where a path of an image is here: links inside it are followed as they would be there, so that none leads out of
 * the image. The last part is not followed: it is to be made, replaced or removed itself.
 */
export function inRoot(root: string, path: string): string {
  if (root === '/') return path
  const todo = path.split('/').filter((part) => part !== '' && part !== '.')
  let at: string[] = []
  for (let links = 0; todo.length > 0;) {
    const part = todo.shift() ?? ''
    if (part === '..') {
      at.pop()
      continue
    }
    const target = todo.length === 0 ? undefined : linkAt(join(root, ...at, part))
    if (target === undefined) {
      at.push(part)
      continue
    }
    links += 1
    if (links > MOST_LINKS) throw new Error(`too many symbolic links: ${path}`)
    if (isAbsolute(target)) at = []
    todo.unshift(...target.split('/').filter((one) => one !== '' && one !== '.'))
  }
  return join(root, ...at)
}

/** The same, and the last part is followed as well. */
export const followedInRoot = (root: string, path: string): string => dirname(inRoot(root, `${path}/x`))

export const existsInRoot = (root: string, path: string): boolean => existsSync(followedInRoot(root, path))

export function linkAt(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined
}
