import type { CachedDaemon } from './host.ts'
import type { Definition } from '../definition/definition.ts'

/** Daemons of one file are mostly alike: of each is kept what tells it from the first that has the same keys. */
export interface Alike {
  readonly models: readonly Definition[]
  readonly daemons: readonly {
    readonly model: number
    readonly differs: Partial<Definition>
    readonly file: string
    readonly base: string
    readonly template: boolean
  }[]
}

export function pack(daemons: readonly CachedDaemon[]): Alike {
  const models = new Map<string, { readonly index: number; readonly definition: Definition; texts: Texts }>()
  const packed = daemons.map(({ definition, file, base, template }) => {
    const texts = textsOf(definition)
    const keys = [...texts.keys()].join(' ')
    const known = models.get(keys)
    const model = known ?? { index: models.size, definition, texts }
    if (known === undefined) models.set(keys, model)
    const differing = Object.entries(definition).filter(([key]) => texts.get(key) !== model.texts.get(key))
    return { model: model.index, differs: Object.fromEntries(differing), file, base, template }
  })
  return { models: [...models.values()].map(({ definition }) => definition), daemons: packed }
}

/** Values that several have in common are the same objects: nobody may change them. */
export function unpack({ models, daemons }: Alike): readonly CachedDaemon[] {
  return daemons.flatMap(({ model, differs, file, base, template }) => {
    const definition = models[model]
    return definition === undefined ? [] : [{ definition: { ...definition, ...differs }, file, base, template }]
  })
}

type Texts = ReadonlyMap<string, string>

const textsOf = (definition: Definition): Texts =>
  new Map(
    Object.entries(definition)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, JSON.stringify(value)]),
  )
