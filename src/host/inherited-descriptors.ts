import { closeSync, readFileSync, readdirSync } from 'node:fs'

const O_CLOEXEC = 0o2000000

/**
 * Closes what we inherited from our own caller beyond stdin, stdout and stderr, so that no daemon inherits it
 * from us: Node marks only low descriptors close-on-exec. proc_pid_fdinfo(5)
 */
export function closeInheritedDescriptors(): void {
  for (const entry of listDescriptors()) {
    const fd = Number(entry)
    if (fd <= 2) continue
    try {
      const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
      if (flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0) closeSync(fd)
    } catch {
      // It was the descriptor by which the directory was read.
    }
  }
}

function listDescriptors(): readonly string[] {
  try {
    return readdirSync('/proc/self/fd')
  } catch {
    return []
  }
}
