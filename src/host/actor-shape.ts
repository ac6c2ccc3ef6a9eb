import type { Actor } from './host.ts'
import { isCount, isObject, isOptionalCount, isOptionalText } from './json-shape.ts'

/** An actor as JSON has it; undefined if it is none. */
export function actorIn(value: unknown): Actor | undefined {
  if (!isObject(value)) return undefined
  const { uid, loginUid, user, terminal, parent } = value
  if (!isCount(uid) || !isOptionalCount(loginUid)) return undefined
  if (!isOptionalText(user) || !isOptionalText(terminal) || !isOptionalText(parent)) return undefined
  return { uid, loginUid, user, terminal, parent }
}
