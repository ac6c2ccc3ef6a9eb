import type { Place } from '../../daemons/recipe.ts'
import type { Machine } from './machine.ts'

/** A place of a recipe inside the machine. */
export function placeIn(machine: Machine, name: string, port: number): Place {
  const directory = `/srv/${name}`
  const path = (file: string): string => (file === '' ? directory : `${directory}/${file}`)
  const grant = (target: string, owner: string | undefined, mode: number | undefined): string => {
    if (owner !== undefined) machine.must(`chown ${owner}: ${target}`)
    if (mode !== undefined) machine.must(`chmod ${mode.toString(8)} ${target}`)
    return target
  }
  machine.must(`mkdir -p ${directory}`)
  return {
    directory,
    port,
    path,
    write: (file, text, { owner, mode } = {}) => {
      machine.write(path(file), text)
      return grant(path(file), owner, mode)
    },
    makeDirectory: (file, { owner, mode } = {}) => {
      machine.must(`mkdir -p ${path(file)}`)
      return grant(path(file), owner, mode)
    },
    run: (program, ...words) => {
      const { status, stderr } = machine.exec('env', '-C', directory, program, ...words)
      if (status !== 0) throw new Error(`${program}: ${stderr}`)
    },
  }
}
