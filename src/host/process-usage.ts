import { readFileSync, readdirSync, statSync } from 'node:fs'
import { endianness } from 'node:os'
import type { ProcessHoldings, ProcessUsage } from './host.ts'
import { readProc } from './proc.ts'
import { readStat, TICK } from './process-stat.ts'

/** What one process uses. proc_pid_stat(5) */
export function readUsage(pid: number): ProcessUsage | undefined {
  const stat = readStat(String(pid))
  const holdings = readHoldings(pid)
  if (stat === undefined || holdings === undefined) return undefined
  const { fields } = stat
  return {
    ...holdings,
    cpuTime: (Number(fields[11]) + Number(fields[12])) * TICK,
    threads: Number(fields[17]),
  }
}

/** The resident set is that of statm: in `stat` it lags behind by some pages for each processor. proc_pid_statm(5) */
export function readHoldings(pid: number): ProcessHoldings | undefined {
  const pages = readProc(`/proc/${pid}/statm`, true)
  if (pages === undefined) return undefined
  const from = pages.indexOf(' ') + 1
  return { rss: Number(pages.slice(from, pages.indexOf(' ', from))) * pageSize(), descriptors: descriptorsOf(pid) }
}

/** Since Linux 6.2 the directory has their number as its size, and asks for no permission; before that it has none. */
function descriptorsOf(pid: number): number | undefined {
  const path = `/proc/${pid}/fd`
  try {
    const { size } = statSync(path)
    return size > 0 ? size : readdirSync(path).length
  } catch {
    return undefined
  }
}

/** AT_PAGESZ. getauxval(3) */
const PAGE_SIZE_TYPE = 6
const LIKELY_PAGE_SIZE = 4096
let known: number | undefined

/** Of the auxiliary vector of this process: pairs of words. proc_pid_auxv(5) */
function pageSize(): number {
  known ??= readPageSize() ?? LIKELY_PAGE_SIZE
  return known
}

function readPageSize(): number | undefined {
  try {
    const vector = readFileSync('/proc/self/auxv')
    const word = process.arch === 'arm' || process.arch === 'ia32' ? 4 : 8
    const at = (offset: number): number =>
      // The upper half of a type or of a page size is nothing.
      endianness() === 'LE' ? vector.readUInt32LE(offset) : vector.readUInt32BE(offset + word - 4)
    for (let offset = 0; offset + 2 * word <= vector.length; offset += 2 * word) {
      if (at(offset) === PAGE_SIZE_TYPE) return at(offset + word)
    }
    return undefined
  } catch {
    return undefined
  }
}
