import type { AST } from 'toml-eslint-parser'
import type { Finding, KeyPath, Problem } from './problem.ts'

/** Lines and columns count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Where a key stands; for one that is not in the file, the nearest table around it. */
export type Locator = (path: KeyPath) => Position

const START: Position = { line: 1, column: 1 }

/**
 * Reads the text once more with a parser that keeps positions. It is slow and large beside the parser of the happy
 * path, so it is loaded only once there is a problem to place or an origin to show.
 */
export async function createLocator(text: string): Promise<Locator> {
  const { parseTOML, ParseError } = await import('toml-eslint-parser')
  try {
    const [root] = parseTOML(text, { tomlVersion: 'latest' }).body
    const positions = new Map<string, Position>()
    collectTable(root.body, [], positions)
    return (path) => nearestPosition(path, positions)
  } catch (error) {
    // The two parsers differ about this text: a place in the file is lost, the problem itself must not be.
    if (error instanceof ParseError) return () => START
    throw error
  }
}

/** Findings as problems of a file, in the order of the file. */
export async function locate(findings: readonly Finding[], file: string, text: string): Promise<Problem[]> {
  const positionOf = await createLocator(text)
  return findings
    .map((finding) => ({ ...finding, file, ...positionOf(finding.path) }))
    .sort((a, b) => a.line - b.line || a.column - b.column)
}

function nearestPosition(path: KeyPath, positions: ReadonlyMap<string, Position>): Position {
  for (let length = path.length; length > 0; length -= 1) {
    const position = positions.get(JSON.stringify(path.slice(0, length)))
    if (position !== undefined) return position
  }
  return START
}

type Positions = Map<string, Position>

function collectTable(body: readonly (AST.TOMLKeyValue | AST.TOMLTable)[], path: KeyPath, positions: Positions): void {
  for (const node of body) {
    if (node.type === 'TOMLTable') {
      // Of a table in an array of tables, the index stands in the resolved key only.
      if (node.kind === 'array') note(node.resolvedKey, node.key, positions)
      collectKeys(node.key, path, positions)
      collectTable(node.body, node.resolvedKey, positions)
    } else {
      collectValue(node.value, collectKeys(node.key, path, positions), positions)
    }
  }
}

function collectKeys(key: AST.TOMLKey, path: KeyPath, positions: Positions): KeyPath {
  return key.keys.reduce<KeyPath>((before, part) => {
    const here = [...before, part.type === 'TOMLBare' ? part.name : part.value]
    note(here, part, positions)
    return here
  }, path)
}

function collectValue(value: AST.TOMLContentNode, path: KeyPath, positions: Positions): void {
  if (value.type === 'TOMLInlineTable') {
    collectTable(value.body, path, positions)
  } else if (value.type === 'TOMLArray') {
    for (const [index, element] of value.elements.entries()) {
      note([...path, index], element, positions)
      collectValue(element, [...path, index], positions)
    }
  }
}

/** The first mention of a key is its place. */
function note(path: KeyPath, node: AST.HasLocs, positions: Positions): void {
  const key = JSON.stringify(path)
  if (!positions.has(key)) positions.set(key, { line: node.loc.start.line, column: node.loc.start.column + 1 })
}
