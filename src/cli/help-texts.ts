/** Set by the build, see scripts/help-texts.mjs: by the id of a command, `''` for the help of daemonctl. */
declare const HELP_TEXTS: Readonly<Record<string, string>>

/** Stands in them for what only the run knows. */
const USER_AGENT = '<user agent>'

/** What oclif would print; undefined: there is no such command. */
export function helpText(command: string, userAgent: string): string | undefined {
  return Object.hasOwn(HELP_TEXTS, command) ? HELP_TEXTS[command]?.replace(USER_AGENT, userAgent) : undefined
}
