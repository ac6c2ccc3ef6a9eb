import { err, ok, type Result } from '../base/result.ts'
import type { Identity } from '../decide/identity.ts'
import type { DaemonRecord, Session } from '../decide/record.ts'
import { isCount, isObject, isOptionalText, isText, isTime, parseJson } from './json-shape.ts'

/** The record in a text that `JSON.stringify` wrote, or what is wrong with it. What is undefined is not written. */
export function recordOf(text: string): Result<DaemonRecord, string> {
  const json = parseJson(text)
  if (!isObject(json)) return err('it is not the JSON of a record')
  if (json['version'] !== 1) return err(`it is of version ${JSON.stringify(json['version'])}, this daemonctl knows 1`)
  const {
    name,
    pidfile,
    main,
    phase,
    executable,
    uid,
    session,
    cgroup,
    token,
    pidfileStamp,
    definitionHash,
    pings,
    speaks,
    at,
  } = json
  if (!isText(name)) return wrong('name')
  if (!isText(pidfile) || !pidfile.startsWith('/')) return wrong('pidfile')
  if (!isIdentity(main)) return wrong('main')
  if (phase !== 'launching' && phase !== 'running' && phase !== 'ending') return wrong('phase')
  if (!isOptionalText(executable)) return wrong('executable')
  if (!isCount(uid)) return wrong('uid')
  if (session !== undefined && !isSession(session)) return wrong('session')
  if (!isOptionalText(cgroup) || cgroup?.startsWith('/') === false) return wrong('cgroup')
  if (!isOptionalText(token)) return wrong('token')
  if (!isOptionalText(pidfileStamp)) return wrong('pidfileStamp')
  if (!isOptionalText(definitionHash)) return wrong('definitionHash')
  if (!isTime(at)) return wrong('at')
  return ok({
    version: 1,
    name,
    pidfile,
    main,
    phase,
    executable,
    uid,
    session,
    cgroup,
    token,
    pidfileStamp,
    definitionHash,
    ...(pings === true ? { pings } : {}),
    ...(speaks === true ? { speaks } : {}),
    at,
  })
}

const wrong = (key: string): Result<never, string> => err(`its ${JSON.stringify(key)} is missing or makes no sense`)

const isIdentity = (value: unknown): value is Identity =>
  isObject(value) &&
  isText(value['bootId']) &&
  value['bootId'] !== '' &&
  isCount(value['pid']) &&
  value['pid'] > 1 &&
  isCount(value['startTime'])

const isSession = (value: unknown): value is Session =>
  isObject(value) && isCount(value['id']) && value['id'] > 1 && isCount(value['leaderStartTime'])
