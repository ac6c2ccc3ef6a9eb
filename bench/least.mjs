// The least that a supervisor can do, in C: it waits for its children, starts again what has ended, and writes a record
// of each process. `gated`: as daemonctl does it, through a shell that executes the daemon only when the record is
// there. What it takes is what the kernel takes, on this machine, now.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const SOURCE = `#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static int *owner;
static pid_t *current;
static int count, gated;
static char **words;
static volatile sig_atomic_t ended;
static void end(int signal) {
  for (int index = 0; index < count; index += 1) if (current[index] > 0) kill(current[index], SIGKILL);
  _exit(0);
}
static void record(int index, pid_t pid) {
  char next[4096], path[4096], text[64];
  snprintf(path, sizeof path, "%s/%d.json", words[5], index);
  snprintf(next, sizeof next, "%s/%d.next", words[5], index);
  int length = snprintf(text, sizeof text, "{\\"pid\\":%d}\\n", pid);
  int file = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0 || write(file, text, length) != length) _exit(1);
  close(file);
  if (rename(next, path) != 0) _exit(1);
}
static void start(int index) {
  char file[4096];
  int gate[2];
  snprintf(file, sizeof file, "%s/%d", words[4], index);
  if (gated && pipe2(gate, O_CLOEXEC) != 0) _exit(1);
  pid_t pid = vfork();
  if (pid == 0) {
    setsid();
    if (!gated) execl(words[3], words[3], file, (char *)NULL);
    else if (dup2(gate[0], 9) == 9)
      execl("/bin/sh", "sh", "-c", "read go <&9 && exec 9<&- \\"$@\\"", "sh", words[3], file, (char *)NULL);
    _exit(127);
  }
  if (pid < 0) _exit(1);
  current[index] = pid;
  owner[pid] = index + 1;
  record(index, pid);
  if (!gated) return;
  if (write(gate[1], "\\n", 1) != 1) _exit(1);
  close(gate[0]);
  close(gate[1]);
}
int main(int argc, char **argv) {
  words = argv;
  gated = strcmp(argv[1], "gated") == 0;
  count = atoi(argv[2]);
  owner = calloc(4194304 + 1, sizeof *owner);
  current = calloc(count, sizeof *current);
  signal(SIGTERM, end);
  for (int index = 0; index < count; index += 1) start(index);
  if (write(3, "\\n", 1) != 1) return 1;
  close(3);
  for (;;) {
    pid_t pid = waitpid(-1, NULL, 0);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return 1;
    if (owner[pid] == 0) continue;
    int index = owner[pid] - 1;
    owner[pid] = 0;
    start(index);
  }
}`

/** Compiles it; called with "gated" or "direct", a number, the daemon's program, where it stamps, where records go. */
export function buildLeast(directory) {
  const program = join(directory, 'least')
  const built = spawnSync('cc', ['-O2', '-x', 'c', '-', '-o', program], { input: SOURCE })
  return built.status === 0 ? program : undefined
}
