import { themeFor, type Theme } from '../../src/cli/theme.ts'
import type { Output } from '../../src/cli/terminal.ts'

export const PLAIN: Theme = themeFor(false, {})
export const COLOURED: Theme = themeFor(true, {})

/** Colours as words, so that a snapshot can be read. */
export const readable = (text: string): string =>
  text.replaceAll(/\u001b\[(\d+)m/g, (whole, code: string) => `<${NAMES[code] ?? whole}>`)

const NAMES: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'dim',
  22: '/',
  31: 'red',
  32: 'green',
  33: 'yellow',
  39: '/',
}

/** A stream that remembers. */
export class Stream implements Output {
  text = ''
  readonly isTTY: boolean

  constructor(isTTY: boolean) {
    this.isTTY = isTTY
  }

  write(text: string): boolean {
    this.text += text
    return true
  }
}
