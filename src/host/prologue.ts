/**
 * What a new process does between fork and its program, as a shell script that interprets nothing: program and
 * arguments are passed through "$@" untouched. It waits at the gate first; if we die before we have written
 * down who it is, `read` sees the end of the file and the process ends without having done anything.
 *
 * $1 directory, $2 umask, $3 names to take out of the environment again (shells put PWD and the like in), then
 * the program. WATCHDOG_PID=self becomes the PID that it has and keeps. Descriptor 9 leads to us, 8 is the lock; neither reaches the program.
 */
export const PROLOGUE = `read -r go <&9 || exit 0
[ "$go" = go ] || exit 0
cd -- "$1" 2>&9 || exit 1
umask "$2"
unset $3
[ "$WATCHDOG_PID" != self ] || WATCHDOG_PID=$$
echo execute >&9
shift 3
exec "$@" 8>&- 9>&-`

export const LOCK_FD = 8
export const CONTROL_FD = 9

/** Variables that a shell exports by itself. */
const SHELL_ADDS = ['PWD', 'OLDPWD', 'SHLVL']

export function prologueArguments(
  directory: string,
  umask: number,
  environment: Readonly<Record<string, string>>,
  program: readonly string[],
): readonly string[] {
  const unset = SHELL_ADDS.filter((name) => !(name in environment))
  return ['-c', PROLOGUE, 'daemonctl', directory, umask.toString(8), unset.join(' ') || 'DAEMONCTL_NOTHING', ...program]
}
