/** A file name may have 255 bytes; what we append to a key (".json", ".lock") and systemd's escapes need room. */
const LONGEST = 180
const TAIL = 100

/**
 * The name under which everything about the daemon of a pidfile is filed: its lock, record, wish, history, cgroup.
 * Two pidfiles never share one. A pidfile in our own runtime directory lends its daemon's name, every other path
 * is escaped somewhat as systemd-escape(1) does it, behind a "~" that no name begins with:
 *
 *     /run/daemonctl/myapp.pid → myapp
 *     /run/sshd.pid            → ~-run-sshd.pid
 *     /srv/my app.pid          → ~-srv-my~x20app.pid
 */
export function daemonKey(pidfile: string, runtimeDirectory: string): string {
  const path = collapsed(pidfile)
  const prefix = collapsed(`${runtimeDirectory}/`)
  const name = path.startsWith(prefix) && path.endsWith('.pid') ? path.slice(prefix.length, -'.pid'.length) : ''
  if (/^[A-Za-z0-9][A-Za-z0-9._@-]*$/.test(name) && name.length <= LONGEST) return name
  return shortened(`~${escaped(path)}`, path)
}

/** Spellings that the kernel takes for the same path. ".." is left alone: behind a link it is another. */
const collapsed = (path: string): string =>
  path.includes('//') || path.includes('/./') ? path.replaceAll(/\/(?:\.?\/)+/g, '/') : path

/** Injective: "-" only ever stands for "/", and "~x" only for a byte. */
function escaped(path: string): string {
  let text = ''
  for (const byte of Buffer.from(path)) {
    const character = String.fromCharCode(byte)
    if (character === '/') text += '-'
    else if (/[A-Za-z0-9_.:]/.test(character)) text += character
    else text += `~x${byte.toString(16).padStart(2, '0')}`
  }
  return text
}

/** Still unlike every short key: there, no hexadecimal digit follows a "~". */
function shortened(key: string, path: string): string {
  if (key.length <= LONGEST) return key
  // Loaded only for the rare long path: it costs milliseconds, and every command comes through here.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return `~${key.slice(-TAIL)}~${createHash('sha256').update(path).digest('hex').slice(0, 32)}`
}
