import { basename } from 'node:path'
import { formatSize } from '../../base/size.ts'
import type { Rotation } from '../../logs/rotate.ts'
import type { Theme } from '../theme.ts'
import { failureJson } from '../../base/failure.ts'
import type { Json } from '../../base/json.ts'

/** One line for each log. */
export function rotationLine(name: string, rotation: Rotation, theme: Theme): string {
  const what = `Rotating ${theme.name(name)} (${basename(rotation.path)}) ...`
  switch (rotation.result) {
    case 'failed':
      return `${what} ${theme.bad('failed')}`
    case 'nothing':
      return `${what} ${theme.quiet(`nothing to do: ${rotation.why}`)}`
    case 'rotated':
      return `${what} ${theme.good('ok')} ${theme.quiet(`(${detail(rotation)})`)}`
  }
}

const detail = ({ method, bytes, number, why }: Rotation): string =>
  method === undefined ? why : `${formatSize(bytes)} to archive ${number ?? '?'} by ${method}, because ${why}`

export const rotationJson = (name: string, rotation: Rotation): Json => ({
  name,
  path: rotation.path,
  result: rotation.result,
  why: rotation.why,
  method: rotation.method ?? null,
  bytes: rotation.bytes,
  archive: rotation.number ?? null,
  mended: rotation.mended,
  warnings: [...rotation.warnings],
  failure: failureJson(rotation.failure),
})
