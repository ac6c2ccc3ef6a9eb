import { err, ok, type Result } from '../base/result.ts'

export interface TcpAddress {
  readonly host: string
  readonly port: number
}

/** Reads `127.0.0.1:8080`, `[::1]:80`, `localhost:80`, or a port alone, which is one of this host. */
export function parseTcpAddress(text: string): Result<TcpAddress, string> {
  const match = /^(?:(?:\[([0-9a-f:.]*:[0-9a-f:.]*)\]|([\w.-]*)):)?(\d{1,5})$/i.exec(text)
  const port = Number(match?.[3])
  if (match === null || port < 1 || port > 65_535) {
    return err(`${JSON.stringify(text)} is not an address such as "127.0.0.1:8080", "[::1]:80" or a port`)
  }
  return ok({ host: match[1] ?? (match[2] || '127.0.0.1'), port })
}

/** Checks a URL of a daemon that speaks HTTP. */
export function parseHttpUrl(text: string): Result<string, string> {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return ok(text)
  return err(`${JSON.stringify(text)} is not a URL such as "http://127.0.0.1:8080/health"`)
}

/** The text that `parseTcpAddress` reads. */
export function formatTcpAddress({ host, port }: TcpAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
