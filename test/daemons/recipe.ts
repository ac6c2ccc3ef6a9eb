/**
 * A recipe: how one real daemon is run inside a scratch directory, on loopback only, and what is known of its manners
 * (each fact measured on Debian 12). The suite reads recipes as data; it knows no daemon by name.
 */
export interface Recipe {
  readonly name: string
  /** Debian packages, all of them in packages.txt. */
  readonly packages: readonly string[]
  /** Program files without which the recipe cannot run. */
  readonly programs: readonly string[]
  /** Runs for any user, not only for root. */
  readonly rootless?: true
  /** Something of the host that only one copy can hold (cron's compiled-in pidfile): the name of a mutex, and its path. */
  readonly exclusive?: { readonly name: string; readonly pidfile: string }
  /** The file, inside the scratch directory, that the config test reads: the suite breaks it on purpose. */
  readonly config?: string
  /** Writes configuration, keys and data into the place. */
  readonly prepare?: (place: Place) => void
  /** Removes what a killed daemon leaves outside the place; called when none of its processes is left. */
  readonly cleanUp?: (place: Place) => void
  readonly forms: Readonly<Partial<Record<FormName, Form>>>
}

export const FORM_NAMES = ['forking', 'simple', 'notify'] as const
/** The definition's `type`. */
export type FormName = (typeof FORM_NAMES)[number]

export interface Form {
  /** The TOML text, without [environment]: the rig appends one, which marks the daemon's processes. */
  readonly definition: (place: Place) => string
  readonly reload: Reload
  /** The daemon's own pidfile, where the definition names it; else daemonctl writes its own. */
  readonly pidfile?: OwnPidfile
  /** Processes that live on, and go on serving, when the main process is killed with -9. */
  readonly orphansAfterKill9?: true
  /** With kill-mode "main": a connection has a process of its own, and a stop leaves it alone. */
  readonly sessionsOutliveStop?: true
}

/** none: the definition says `signal = "none"`, because the daemon would die of HUP or ignores it. */
export type Reload = 'keeps-pid' | 'changes-pid' | 'none'

export interface OwnPidfile {
  readonly path: (place: Place) => string
  /** line: "N\n", bare: "N", lines: several lines, the first of them the PID. */
  readonly text: 'line' | 'bare' | 'lines'
  readonly owner: string
  /** What the daemon itself does with the file when TERM ends it: removed only where it still has the right to. */
  readonly atExit: 'removed' | 'left'
}

/** Where a recipe may write, and the port it may listen on. */
export interface Place {
  /** A short path (Unix socket paths are limited to 107 bytes), owned by root, passable for every user. */
  readonly directory: string
  /** Free on 127.0.0.1, TCP and UDP, and claimed for this test. */
  readonly port: number
  readonly path: (name: string) => string
  /** Returns the path. */
  readonly write: (name: string, text: string, access?: Access) => string
  readonly makeDirectory: (name: string, access?: Access) => string
  /** Runs a program to its end; throws with its output if it fails. */
  readonly run: (program: string, ...words: readonly string[]) => void
}

export interface Access {
  readonly owner?: string
  readonly mode?: number
}
