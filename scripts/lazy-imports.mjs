/**
 * Makes imports of CommonJS, `const x = require("y")`, load their module at the first use of `x` rather than at once.
 * `pattern` finds their lines: the first group is the name, the second the call.
 */
export function withLazyImports(source, pattern) {
  let text = source
  for (const [line, name, call] of source.matchAll(pattern)) {
    // Every use of the name, but no property, key or part of a string.
    const uses = new RegExp(`(?<!(?:const|var) |[\\w$:/"']|(?<!\\.\\.)\\.)${name}(?![\\w$:"'])`, 'g')
    text = text.replaceAll(uses, `${name}.module`)
    const lazily = `const ${name} = { get module() { const value = ${call}; Object.defineProperty(this, 'module', { value }); return value } };`
    text = text.replace(line, () => lazily)
  }
  return text
}

/** Replaces what is there exactly once, so that another version of a package cannot slip through unchanged. */
export function once(text, pattern, replacement) {
  const found = text.match(new RegExp(pattern.source, 'gm')) ?? []
  if (found.length !== 1) throw new Error(`${pattern} occurs ${found.length} times`)
  return text.replace(pattern, replacement)
}
