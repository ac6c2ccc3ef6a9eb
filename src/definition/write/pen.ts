import type { Command } from '../definition.ts'
import type { WrittenValue } from './values.ts'

/** How texts are written that are expanded when they are read. */
export interface Pen {
  readonly text: (text: string) => string
  /** Whether what nobody has said and is only assumed is written like all else. */
  readonly tellsAssumptions: boolean
}

/** For people: what is meant. */
export const PLAIN: Pen = { text: (text) => text, tellsAssumptions: true }

/** For a file: a mark that would be expanded is doubled, so that the text is read back as it was. */
export const FOR_FILE: Pen = { text: (text) => text.replaceAll(/%(?=[inh%])/g, '%%'), tellsAssumptions: false }

export function writeCommand(command: Command, pen: Pen): WrittenValue {
  return command.shell ? pen.text(command.argv.at(-1) ?? '') : command.argv.map(pen.text)
}
