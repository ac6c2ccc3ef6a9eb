/** A line of /etc/passwd. passwd(5) */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

/** A line of /etc/group. group(5) */
export interface Group {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

export function parseAccounts(text: string): readonly Account[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = '', shell = ''] = line.split(':')
    const [uidNumber, gidNumber] = [idOf(uid), idOf(gid)]
    if (!isName(name) || uidNumber === undefined || gidNumber === undefined) return []
    return [{ name, uid: uidNumber, gid: gidNumber, home: home || '/', shell: shell || '/bin/sh' }]
  })
}

export function parseGroups(text: string): readonly Group[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , gid = '', members = ''] = line.split(':')
    const gidNumber = idOf(gid)
    if (!isName(name) || gidNumber === undefined) return []
    return [
      {
        name,
        gid: gidNumber,
        members: members
          .split(',')
          .map((member) => member.trim())
          .filter(Boolean),
      },
    ]
  })
}

/** A user or group id; the largest number means "none" to chown(2) and is nobody's. */
export function idOf(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined
  const id = Number(text)
  return id < 0xffff_ffff ? id : undefined
}

/** The sources of the group database. nsswitch.conf(5) */
export function groupSources(nsswitch: string): readonly string[] {
  const line = /^[ \t]*group:(.*)$/m.exec(nsswitch)?.[1] ?? 'files'
  return line
    .replaceAll(/\[[^\]]*\]|#.*/g, ' ')
    .split(/\s+/)
    .filter(Boolean)
}

/** "+" and "-" begin entries of NIS, "#" comments. */
const isName = (name: string): boolean => name !== '' && !/^[+#-]/.test(name)
