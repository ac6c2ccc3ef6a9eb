/** What enabling or disabling does to a host or an image: data, so that --dry-run shows what the real run does. */
export type BootStep =
  | ({ readonly do: 'write'; readonly path: string; readonly mode: number } & Ours)
  /** A symbolic link; one that is there already and leads there is no error. */
  | { readonly do: 'link'; readonly path: string; readonly to: string }
  | { readonly do: 'run'; readonly argv: readonly [string, ...string[]] }
  /** A file of ours, or a link that leads to one; what is not there or not ours is left. */
  | ({ readonly do: 'remove'; readonly path: string } & Partial<Ours>)
  /** If it is empty, and what leads to it is not ours to judge. */
  | { readonly do: 'remove-directory'; readonly path: string }

/** By what a file that is there is known to be ours: its text, its mark, or the mark of another one beside it. */
interface Ours {
  readonly text: string
  readonly speaker?: string | undefined
}

/** How a step is told: "wrote X" when it was done, "write X" when it would be. */
export function tellStep(step: BootStep, done: boolean): string {
  switch (step.do) {
    case 'write':
      return `${done ? 'wrote' : 'write'} ${step.path}`
    case 'link':
      return `${done ? 'linked' : 'link'} ${step.path} to ${step.to}`
    case 'run':
      return `${done ? 'ran' : 'run'} ${step.argv.join(' ')}`
    case 'remove':
      return `${done ? 'removed' : 'remove'} ${step.path}`
    case 'remove-directory':
      return done ? `removed ${step.path}` : `remove ${step.path} if it is empty`
  }
}

/** Stands in every file that daemonctl makes: only such a file is replaced or removed. */
export const OUR_MARK = /made by "daemonctl gen-/i
