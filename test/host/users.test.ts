import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { groupSources, idOf, parseAccounts } from '../../src/host/account-files.ts'
import { SystemUserDatabase } from '../../src/host/users.ts'
import { scratch, uid } from './scratch.ts'

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment
+nis
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
alice:x:1000:1000:Alice,,,:/home/alice:
77:x:1001:1001::/:/bin/sh
broken:x:many:0::/:
`
const GROUP = `root:x:0:
www-data:x:33:
adm:x:4:alice,www-data
ssl-cert:x:110: alice , postgres
alice:x:1000:
staff:x:50:
`

function database(answers: Readonly<Record<string, string>> = {}, nsswitch = 'group: files systemd') {
  const directory = join(scratch(), 'etc')
  mkdirSync(directory)
  writeFileSync(join(directory, 'passwd'), PASSWD)
  writeFileSync(join(directory, 'group'), GROUP)
  writeFileSync(join(directory, 'nsswitch.conf'), `passwd: files\n${nsswitch}\n`)
  const asked: string[] = []
  const ask = (program: string, args: readonly string[]): string | undefined => {
    asked.push([program, ...args].join(' '))
    return answers[[program, ...args].join(' ')]
  }
  return { users: new SystemUserDatabase({ directory, ask }), asked }
}

describe('a user of /etc/passwd', () => {
  it('has the groups that login would give', () => {
    const { users, asked } = database()
    expect(users.credentials('alice', undefined)).toEqual({
      ok: true,
      value: { user: 'alice', uid: 1000, gid: 1000, groups: [1000, 4, 110], home: '/home/alice', shell: '/bin/sh' },
    })
    expect(asked).toEqual([])
  })

  it('has the group that is asked for in place of his own', () => {
    const { users } = database()
    expect(users.credentials('www-data', 'staff')).toMatchObject({ value: { uid: 33, gid: 50, groups: [50, 4] } })
    expect(users.credentials('www-data', '110')).toMatchObject({ value: { gid: 110 } })
  })

  it('may be given by number; a name that is a number goes before', () => {
    const { users } = database()
    expect(users.credentials('1000', undefined)).toMatchObject({ value: { user: 'alice', gid: 1000 } })
    expect(users.credentials('77', undefined)).toMatchObject({ value: { user: '77', uid: 1001 } })
    expect([users.uid('www-data'), users.uid('77'), users.uid('nobody-here')]).toEqual([33, 1001, undefined])
    expect([users.name(33), users.name(4711)]).toEqual(['www-data', undefined])
  })
})

describe('a user without an entry', () => {
  it('needs a group', () => {
    const { users } = database()
    expect(users.credentials('4711', undefined)).toMatchObject({
      ok: false,
      error: expect.stringContaining('group') as string,
    })
    expect(users.credentials('4711', 'staff')).toEqual({
      ok: true,
      value: { user: '4711', uid: 4711, gid: 50, groups: [50], home: '/', shell: '/bin/sh' },
    })
  })

  it.each(['nobody-here', '', '-1', '4294967295', '0x21', 'root:x'])('does not exist as %j', (user) => {
    expect(database().users.credentials(user, undefined)).toEqual({
      ok: false,
      error: `there is no user ${JSON.stringify(user)}`,
    })
  })

  it('does not help a group that does not exist', () => {
    expect(database().users.credentials('alice', 'nothing')).toEqual({
      ok: false,
      error: 'there is no group "nothing"',
    })
  })
})

describe('a user who is kept elsewhere', () => {
  const answers = {
    'getent passwd bob': 'bob:*:5001:5001:Bob:/home/bob:/bin/zsh\n',
    'getent group devs': 'devs:*:6000:bob\n',
    'id -G bob': '5001 6000 6001\n',
    'id -G alice': '1000 4 6000\n',
  }

  it('is asked for by getent', () => {
    const { users } = database(answers, 'group: files ldap')
    expect(users.credentials('bob', undefined)).toEqual({
      ok: true,
      value: { user: 'bob', uid: 5001, gid: 5001, groups: [5001, 6000, 6001], home: '/home/bob', shell: '/bin/zsh' },
    })
    expect(users.credentials('bob', 'devs')).toMatchObject({ value: { gid: 6000, groups: [6000, 6001] } })
  })

  it('may be in groups there though he himself is here', () => {
    expect(database(answers, 'group: files [SUCCESS=merge] sss').users.credentials('alice', undefined)).toMatchObject({
      value: { groups: [1000, 4, 6000] },
    })
  })

  it('is not asked for by what would be an option', () => {
    const { users, asked } = database()
    users.uid('--help')
    users.uid('a b')
    expect(asked).toEqual([])
  })
})

it('reads entries that make sense and no others', () => {
  expect(parseAccounts(PASSWD).map(({ name }) => name)).toEqual(['root', 'www-data', 'alice', '77'])
  expect(['0', '4294967294', '4294967295', '-1', '1e3', ''].map(idOf)).toEqual([
    0,
    4294967294,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(groupSources('group: files [NOTFOUND=return] ldap # more\n')).toEqual(['files', 'ldap'])
  expect(groupSources('')).toEqual(['files'])
})

it('knows who we are', () => {
  expect(new SystemUserDatabase().current()).toMatchObject({ uid, gid: process.getegid?.() })
  expect(database().users.current().uid).toBe(uid)
})

it('knows the real root', () => {
  expect(new SystemUserDatabase().credentials('root', undefined)).toMatchObject({ value: { uid: 0, gid: 0 } })
  expect(new SystemUserDatabase().uid('no-such-user-of-daemonctl')).toBeUndefined()
})
