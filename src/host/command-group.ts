import { readFileSync, readdirSync } from 'node:fs'

/** Only while the leader of the group has not been waited for: until then its number is nobody else's. */
export function signalGroup(leader: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (leader !== undefined) kill(-leader, signal)
}

/**
 * Kills what is left of a session whose leader has been waited for. As long as one process has that session, the
 * number of the session is given to no new process (pid allocation in the kernel skips it): so all that have it
 * are of that session. setsid(2)
 */
export function killSession(session: number): void {
  for (const pid of allPids()) if (sessionOf(pid) === session) kill(pid, 'SIGKILL')
}

function kill(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself, or became somebody else's: a program of another user's right.
  }
}

function allPids(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** Field 6. The name before it, in parentheses, may hold anything. proc_pid_stat(5) */
function sessionOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[3])
  } catch {
    return undefined
  }
}
