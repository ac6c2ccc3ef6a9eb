import { shellWord, shellWords } from '../quote/shell.ts'
import type { Definition, Probe } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'

/** The readiness probe as a shell command that succeeds when the daemon is ready; undefined: it counts as ready. */
export function readyCommand({ start, name }: Definition, losses: Losses): string | undefined {
  const { ready } = start
  if (ready === undefined) return undefined
  const lost = (why: string): undefined => {
    losses.note(`start.ready.${ready.kind}`, why, 'it counts as ready when it has been alive for a moment')
  }
  switch (ready.kind) {
    case 'command':
      return `bounded 5 ${shellWords(ready.command.argv)}`
    case 'unix':
      return `[ -S ${shellWord(ready.path)} ]`
    case 'file':
      return `[ -e ${shellWord(ready.path)} ]`
    case 'tcp':
      return listening(ready.port)
    case 'http':
      losses.note('start.ready.http', 'a shell speaks no HTTP', 'it counts as ready when something listens on the port')
      return listening(httpPort(ready))
    case 'delay':
      return undefined
    case 'notify':
      return lost('nobody listens for READY=1')
    case 'fd':
      return lost('nobody reads the descriptor')
    case 'log':
      return lost(`a script would have to know where the log of ${name} stood before`)
  }
}

/** Something listens on the port: state 0A in the kernel's table. proc(5), /proc/net/tcp */
const listening = (port: number): string =>
  `grep -q ':${port.toString(16).toUpperCase().padStart(4, '0')} [0-9A-F]*:0000 0A' /proc/net/tcp /proc/net/tcp6`

function httpPort({ url }: Extract<Probe, { kind: 'http' }>): number {
  const { port, protocol } = new URL(url)
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}
