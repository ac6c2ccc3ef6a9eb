import type { Command } from '../definition.ts'
import type { WrittenValue } from './values.ts'

/** How texts are written that are expanded when they are read. */
export interface Pen {
  readonly text: (text: string) => string
}

/** For people: what is meant. */
export const PLAIN: Pen = { text: (text) => text }

/** For a file: a mark that would be expanded is doubled, so that the text is read back as it was. */
export const FOR_FILE: Pen = { text: (text) => text.replaceAll(/%(?=[inh%])/g, '%%') }

export function writeCommand(command: Command, pen: Pen): WrittenValue {
  return command.shell ? pen.text(command.argv.at(-1) ?? '') : command.argv.map(pen.text)
}
