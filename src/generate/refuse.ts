import { failure, type Failure } from '../base/failure.ts'
import { printable } from '../base/text.ts'
import { TARGET_NAMES, type Target } from './target.ts'

/** A value that the files of a target have no way to write: better no file than one that says something else. */
export const cannotCarry = (target: Target, key: string, value: string, why: string): Failure =>
  failure('unsupported', 'generating', `${TARGET_NAMES[target]} cannot carry ${key}: ${why}`, {
    details: [printable(JSON.stringify(value))],
    remedy: 'write it otherwise, or put it into a script that the definition runs',
  })
