// The daemon of the benchmark: a C program that stamps the monotonic clock, which is one for all processes, as its first
// act. So nothing depends on how often somebody looks.
import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

const SOURCE = `#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>
int main(int argc, char **argv) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char text[64];
  int length = snprintf(text, 64, "%d %lld\\n", getpid(), now.tv_sec * 1000000000LL + now.tv_nsec);
  int file = open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0644);
  if (write(file, text, length) != length) return 1;
  close(file);
  for (;;) pause();
}`

/** Compiles it; undefined: there is no C compiler. */
export function buildStamp(directory) {
  const program = join(directory, 'stamp')
  const built = spawnSync('cc', ['-O2', '-static', '-x', 'c', '-', '-o', program], { input: SOURCE })
  return built.status === 0 ? program : undefined
}

/** All processes that have stamped into a file: PID and moment in nanoseconds. */
export function stampsIn(file) {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => {
      const [pid, at] = line.split(' ')
      return { pid: Number(pid), at: BigInt(at) }
    })
  } catch {
    return []
  }
}

/** Whether a PID is still the process that stamped, and not another one since. */
export function isStamp(pid, program) {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === program
  } catch {
    return false
  }
}
