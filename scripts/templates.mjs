// Templates are parsed when the program is built: mustache takes longer to parse one than to fill it.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mustache from 'mustache'

const directory = join(dirname(fileURLToPath(import.meta.url)), '../templates')
const partialOf = (name) => readFileSync(join(directory, `${name}.mustache`), 'utf8')

/**
 * A template as src/generate/fill.ts takes it: mustache's tokens in JSON, and partials as their own tokens. `partial`:
 * the text of one.
 */
export const parsedTemplate = (text, partial = partialOf) => JSON.stringify(tokensOf(text, partial))

function tokensOf(text, partial) {
  return plainTokens(mustache.parse(text), partial)
}

/** Without where in the text a token stood, which only functions in views would ask for. */
function plainTokens(tokens, partial) {
  return tokens.flatMap(([type, value, , , more, tagIndex, lineHasNonSpace]) => {
    if (type === '>') {
      // As renderPartial() does it: one on a line of its own has its indentation in each line.
      const own = tagIndex === 0 && more !== ''
      const indented = own ? writer.indentPartial(partial(value), more, lineHasNonSpace) : partial(value)
      return tokensOf(indented, partial)
    }
    if (type === '#' || type === '^') return [[type, value, 0, 0, plainTokens(more, partial)]]
    return type === '!' || type === '=' ? [] : [[type, value]]
  })
}

const writer = new mustache.Writer()

/** For esbuild: a template is imported as what parsedTemplate() gives. */
export const templates = {
  name: 'templates',
  setup(build) {
    build.onLoad({ filter: /\.mustache$/ }, ({ path }) => ({
      contents: parsedTemplate(readFileSync(path, 'utf8')),
      loader: 'text',
      watchFiles: [path],
    }))
  },
}
