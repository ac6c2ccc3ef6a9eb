/**
 * The pidfile that an init script speaks of: by the header of chkconfig(8), by a variable of such a name, or by an
 * option of what it calls. Undefined: the text does not say it plainly. Nothing of the script is run.
 */
export function pidfileOfScript(text: string): string | undefined {
  const header = /^#\s*pidfile:\s*(\/\S+)\s*$/im.exec(text)?.[1]
  if (header !== undefined) return header
  const variables = assignments(text)
  for (const [name, values] of variables) {
    if (!/pid_?file$/i.test(name) && !/^pid$/i.test(name)) continue
    for (const value of values) {
      const path = expanded(value, variables)
      if (path !== undefined) return path
    }
  }
  const option = /\s(?:--pidfile[ =]|-p\s*)["']?((?:\/|\$)[^\s"';|&)]+)/.exec(text)?.[1]
  return option === undefined ? undefined : expanded(option, variables)
}

/** What a name is given, in the order of the script. */
type Variables = ReadonlyMap<string, readonly string[]>

/** NAME=VALUE at the beginning of a command, and `: ${NAME:=VALUE}`. */
function assignments(text: string): Variables {
  const found = new Map<string, string[]>()
  const add = (name = '', value = ''): void => {
    const known = found.get(name)
    if (known === undefined) found.set(name, [value])
    else known.push(value)
  }
  for (const line of text.split('\n')) {
    const plain = /^\s*(?:export\s+|readonly\s+)?([A-Za-z_]\w*)=(?:"([^"]*)"|'([^']*)'|([^\s;#&|]*))/.exec(line)
    if (plain !== null) add(plain[1], plain[2] ?? plain[3] ?? plain[4])
    const byDefault = /^\s*:\s+"?\$\{([A-Za-z_]\w*):?=([^}]*)\}/.exec(line)
    if (byDefault !== null) add(byDefault[1], byDefault[2])
  }
  return found
}

const DEEPEST = 8

/** The value with $NAME, ${NAME} and ${NAME:-DEFAULT} replaced, if it is an absolute path then. */
function expanded(value: string, variables: Variables, depth = 0): string | undefined {
  if (depth > DEEPEST) return undefined
  let complete = true
  const text = value.replaceAll(
    /\$(?:\{([A-Za-z_]\w*)(?::?[-=]([^}]*))?\}|([A-Za-z_]\w*))/g,
    (_all, braced?: string, otherwise?: string, bare?: string) => {
      // NAME=${NAME:-/run/x.pid} means itself: what matters is the default.
      const known = variables.get(braced ?? bare ?? '')?.find((one) => one !== value && !/\$\(|`/.test(one))
      const usable = known ?? otherwise
      if (usable === undefined) complete = false
      return usable ?? ''
    },
  )
  if (!complete || text.includes('`') || text.includes('$(')) return undefined
  if (text.includes('$')) return expanded(text, variables, depth + 1)
  return text.startsWith('/') && text !== '/dev/null' ? text : undefined
}
