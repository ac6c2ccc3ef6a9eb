import { readdirSync, readFileSync, statSync } from 'node:fs'
import { sameFile, type FileId } from '../decide/logs/rotation-state.ts'
import type { LogWriter } from './log-files.ts'

const O_ACCMODE = 3
const O_APPEND = 0o2000

/** Who has a file open for writing: proc_pid_fd(5). Of processes that are not ours to look into nothing is known. */
export function writersOf(file: FileId): readonly LogWriter[] {
  return listOf('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => descriptorsOf(pid, file).map((appends) => ({ pid: Number(pid), appends })))
}

function descriptorsOf(pid: string, file: FileId): readonly boolean[] {
  return listOf(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const stats = statSync(`/proc/${pid}/fd/${fd}`)
      if (!sameFile({ device: stats.dev, inode: stats.ino }, file)) return []
      const text = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')
      const flags = Number.parseInt(/^flags:\s+(\d+)/m.exec(text)?.[1] ?? '0', 8)
      return (flags & O_ACCMODE) === 0 ? [] : [(flags & O_APPEND) !== 0]
    } catch {
      // Closed, or gone with its process, while we were looking.
      return []
    }
  })
}

function listOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
