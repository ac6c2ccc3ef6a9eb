import type { EpochMilliseconds } from '../process-facts.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** The time stands near the beginning of a line, if anywhere. */
const NEAR = 200

// 2026-11-21T14:25:35.123Z · 2026-11-21 14:25:35,123 +0100 · 2026/11/21 14:25:35
const ISO =
  /(?<![\d.])(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|UTC|GMT|[+-]\d\d:?\d\d))?/
// 21/Nov/2026:14:25:35 +0000 (Apache, nginx) · 21 Nov 2026 14:25:35.123 (Redis)
const DAY_FIRST =
  /(?<!\d)(\d{1,2})[/ ]([A-Z][a-z]{2})[/ ](\d{4})[: ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: ([+-]\d{4}))?/
// Nov 21 14:25:35 (syslog) · Sat Nov 21 14:25:35.123 2026 (asctime)
const MONTH_FIRST = /(?<![A-Za-z])([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: (\d{4}))?/
// I1121 14:25:35.123456 (glog)
const GLOG = /^[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{1,9})/
// {"time": 1763735135123} · 1763735135.123 at the beginning
const NUMBER_FIRST = /^\[? *(\d{10}(?:\.\d+)?|\d{13})(?=[\]\s:,|]|$)/
const NUMBER_KEY = /"(?:time|ts|timestamp|@timestamp|at)" ?: ?"?(\d{10}(?:\.\d+)?|\d{13})"?[,}\s]/

/**
 * When a line was written, by what it says itself; undefined: it does not say. Where it names no zone it is the local
 * time, and where it names no year the latest that is not in the future, seen from `now`.
 */
export function timeOfLine(line: string, now: EpochMilliseconds): EpochMilliseconds | undefined {
  const text = line.length > NEAR ? line.slice(0, NEAR) : line
  return iso(text) ?? dayFirst(text) ?? numbers(text) ?? monthFirst(text, now) ?? glog(text, now)
}

function iso(text: string): EpochMilliseconds | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  return moment([year, Number(month) - 1, day, hour, minute, second], fraction, zone)
}

function dayFirst(text: string): EpochMilliseconds | undefined {
  const match = DAY_FIRST.exec(text)
  if (match === null) return undefined
  const [, day, name, year, hour, minute, second, fraction, zone] = match
  return moment([year, monthOf(name), day, hour, minute, second], fraction, zone)
}

function monthFirst(text: string, now: EpochMilliseconds): EpochMilliseconds | undefined {
  const match = MONTH_FIRST.exec(text)
  if (match === null) return undefined
  const [, name, day, hour, minute, second, fraction, year] = match
  const inYear = (value: string | number): EpochMilliseconds | undefined =>
    moment([value, monthOf(name), day, hour, minute, second], fraction, undefined)
  return year === undefined ? latest(inYear, now) : inYear(year)
}

function glog(text: string, now: EpochMilliseconds): EpochMilliseconds | undefined {
  const match = GLOG.exec(text)
  if (match === null) return undefined
  const [, month, day, hour, minute, second, fraction] = match
  return latest((year) => moment([year, Number(month) - 1, day, hour, minute, second], fraction, undefined), now)
}

function numbers(text: string): EpochMilliseconds | undefined {
  const digits = NUMBER_FIRST.exec(text)?.[1] ?? NUMBER_KEY.exec(text)?.[1]
  if (digits === undefined) return undefined
  return /^\d{13}$/.test(digits) ? Number(digits) : Number(digits) * 1000
}

/** Of a date without a year: this year's, unless that is yet to come. */
function latest(
  inYear: (year: number) => EpochMilliseconds | undefined,
  now: EpochMilliseconds,
): EpochMilliseconds | undefined {
  const year = new Date(now).getFullYear()
  const thisYear = inYear(year)
  // Clocks differ by hours between zones; a day is enough.
  return thisYear === undefined || thisYear > now + 86_400_000 ? inYear(year - 1) : thisYear
}

function moment(
  parts: readonly (string | number | undefined)[],
  fraction: string | undefined,
  zone: string | undefined,
): EpochMilliseconds | undefined {
  const [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number)
  if (month < 0 || month > 11 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return undefined
  const milliseconds = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000)
  if (zone === undefined) return new Date(year, month, day, hour, minute, second, milliseconds).getTime()
  return Date.UTC(year, month, day, hour, minute, second, milliseconds) - offsetOf(zone)
}

function offsetOf(zone: string): EpochMilliseconds {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone)
  if (match === null) return 0
  const [, sign, hours, minutes] = match
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

const monthOf = (name: string | undefined): number => MONTHS.indexOf((name ?? '').toLowerCase())
