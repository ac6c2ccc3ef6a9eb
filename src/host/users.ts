import { readFileSync } from 'node:fs'
import { err, ok, type Result } from '../base/result.ts'
import { groupSources, idOf, parseAccounts, parseGroups, type Account, type Group } from './account-files.ts'
import type { Credentials, UserDatabase } from './host.ts'
import { ParsedFile } from './parsed-file.ts'

/** Sources that `/etc/group` alone speaks for; systemd's has no members but in its own records. */
const LOCAL_SOURCES = new Set(['files', 'compat', 'systemd', 'altfiles'])
const PATIENCE = 5_000

export interface UserDatabaseOptions {
  /** /etc, or what stands for it. */
  readonly directory?: string
  /** Runs a program for its output, undefined if it failed: getent(1) and id(1) know what is not in the files. */
  readonly ask?: (program: string, args: readonly string[]) => string | undefined
}

/** Users and groups by the files of /etc, and by getent(1) where LDAP or systemd-homed keep some of them. */
export class SystemUserDatabase implements UserDatabase {
  readonly #directory: string
  readonly #ask: (program: string, args: readonly string[]) => string | undefined
  readonly #passwd: ParsedFile<Account>
  readonly #group: ParsedFile<Group>

  constructor({ directory = '/etc', ask = run }: UserDatabaseOptions = {}) {
    this.#directory = directory
    this.#passwd = new ParsedFile(`${directory}/passwd`, parseAccounts)
    this.#group = new ParsedFile(`${directory}/group`, parseGroups)
    this.#ask = ask
  }

  credentials(user: string, group: string | undefined): Result<Credentials, string> {
    const account = this.#account(user)
    const number = idOf(user)
    if (account === undefined && number === undefined) return err(`there is no user ${JSON.stringify(user)}`)
    const gid = group === undefined ? account?.gid : this.#gid(group)
    if (gid === undefined) {
      return err(
        group === undefined
          ? `uid ${user} has no entry in the user database: say which group it is to have`
          : `there is no group ${JSON.stringify(group)}`,
      )
    }
    if (account === undefined) {
      return ok({ user, uid: number ?? 0, gid, groups: [gid], home: '/', shell: '/bin/sh' })
    }
    const { name, uid, home, shell } = account
    return ok({ user: name, uid, gid, groups: this.#groupsOf(account, gid), home, shell })
  }

  uid(user: string): number | undefined {
    return this.#account(user)?.uid ?? idOf(user)
  }

  name(uid: number): string | undefined {
    return this.#find('passwd', this.#passwd, String(uid), (account) => account.uid === uid)?.name
  }

  current(): Credentials {
    const uid = process.geteuid?.() ?? 0
    const gid = process.getegid?.() ?? 0
    const account = this.#find('passwd', this.#passwd, String(uid), (one) => one.uid === uid)
    const groups = process.getgroups?.() ?? [gid]
    const { name: user = String(uid), home = '/', shell = '/bin/sh' } = account ?? {}
    return { user, uid, gid, groups, home, shell }
  }

  /** A name that looks like a number is a name first, as for chown(1). */
  #account(user: string): Account | undefined {
    const number = idOf(user)
    return (
      this.#find('passwd', this.#passwd, user, (account) => account.name === user) ??
      (number === undefined ? undefined : this.#find('passwd', this.#passwd, user, (account) => account.uid === number))
    )
  }

  #gid(group: string): number | undefined {
    return this.#find('group', this.#group, group, (one) => one.name === group)?.gid ?? idOf(group)
  }

  #find<T>(
    database: 'passwd' | 'group',
    file: ParsedFile<T>,
    key: string,
    matches: (entry: T) => boolean,
  ): T | undefined {
    const local = file.entries().find(matches)
    if (local !== undefined || !isAskable(key)) return local
    return file.parse(this.#ask('getent', [database, key]) ?? '').find(matches)
  }

  /** What initgroups(3) would set: the group itself, and all that name the user as a member. */
  #groupsOf({ name, gid: primary }: Account, gid: number): readonly number[] {
    const elsewhere = groupSources(this.#read('nsswitch.conf')).some((source) => !LOCAL_SOURCES.has(source))
    const asked = elsewhere && isAskable(name) ? this.#ask('id', ['-G', name]) : undefined
    // id(1) counts the group of the passwd entry among them; where another is wanted, it is not.
    const groups =
      asked === undefined
        ? this.#localGroupsOf(name)
        : asked
            .trim()
            .split(/\s+/)
            .map(Number)
            .filter((id) => id !== primary || gid === primary)
    return [...new Set([gid, ...groups])]
  }

  #localGroupsOf(name: string): readonly number[] {
    const isMember = (group: Group): boolean => group.members.includes(name)
    return this.#group
      .entries()
      .filter(isMember)
      .map((group) => group.gid)
  }

  #read(name: string): string {
    try {
      return readFileSync(`${this.#directory}/${name}`, 'utf8')
    } catch {
      return ''
    }
  }
}

/** Nothing that getent(1) would take for an option, or for another line. */
const isAskable = (key: string): boolean => /^[\w.][\w.@\\-]*\$?$/.test(key)

function run(program: string, args: readonly string[]): string | undefined {
  // Loaded only here: most users are in the files.
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  })
  return result.error === undefined && result.status === 0 ? result.stdout : undefined
}
