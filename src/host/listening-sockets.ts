import { closeSync, openSync, readSync, readdirSync, readlinkSync } from 'node:fs'
import { endianness } from 'node:os'
import { parseInternet, parseUnix, type SocketAddress } from './socket-tables.ts'

/** A socket on which a process waits for others. */
export type ListeningSocket = SocketAddress & { readonly pid: number }

/** A host with a hundred thousand connections has tables of megabytes: what is not in the first is not shown. */
const LARGEST_TABLE = 4 * 1024 * 1024
const MOST_DESCRIPTORS = 4096
const MOST_PROCESSES = 256
const MOST_SOCKETS = 256

const TABLES = ['tcp', 'tcp6', 'udp', 'udp6', 'unix'] as const

/**
 * What these processes listen on: each socket once, with the first of them that has it (workers inherit it from the
 * main process). What may not be seen is left out. proc_net(5), proc_pid_fd(5)
 */
export function listeningSockets(pids: readonly number[], proc = '/proc'): readonly ListeningSocket[] {
  const found = new Map<string, ListeningSocket>()
  const tables = new Map<string, ReadonlyMap<number, SocketAddress>>()
  for (const pid of pids.slice(0, MOST_PROCESSES)) {
    const inodes = socketsOf(`${proc}/${pid}/fd`)
    if (inodes.length === 0) continue
    // Containers have a network of their own, and their sockets are in its tables only. network_namespaces(7)
    const network = linkOf(`${proc}/${pid}/ns/net`) ?? ''
    const table = tables.get(network) ?? readTables(`${proc}/${pid}/net`)
    tables.set(network, table)
    for (const inode of inodes) {
      const address = table.get(inode)
      if (address === undefined || found.has(`${network}:${inode}`)) continue
      found.set(`${network}:${inode}`, { ...address, pid })
      if (found.size === MOST_SOCKETS) return [...found.values()]
    }
  }
  return [...found.values()]
}

/** "tcp 127.0.0.1:80", "tcp [::]:80", "unix /run/x.sock" */
export function formatSocket(socket: SocketAddress): string {
  if (socket.protocol === 'unix') return `unix ${socket.path}`
  const host = socket.address.includes(':') ? `[${socket.address}]` : socket.address
  return `${socket.protocol} ${host}:${socket.port}`
}

function socketsOf(directory: string): readonly number[] {
  const inodes: number[] = []
  for (const fd of entriesOf(directory).slice(0, MOST_DESCRIPTORS)) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`${directory}/${fd}`) ?? '')?.[1]
    if (inode !== undefined) inodes.push(Number(inode))
  }
  return inodes
}

function readTables(directory: string): ReadonlyMap<number, SocketAddress> {
  const byInode = new Map<number, SocketAddress>()
  for (const table of TABLES) {
    const text = beginningOf(`${directory}/${table}`)
    const sockets = table === 'unix' ? parseUnix(text) : parseInternet(text, table, endianness())
    for (const [inode, address] of sockets) byInode.set(inode, address)
  }
  return byInode
}

function beginningOf(path: string): string {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    const blocks: Buffer[] = []
    for (let size = 0; size < LARGEST_TABLE;) {
      const block = Buffer.alloc(64 * 1024)
      const length = readSync(fd, block, 0, block.length, null)
      if (length === 0) break
      blocks.push(block.subarray(0, length))
      size += length
    }
    return Buffer.concat(blocks).toString('utf8')
  } catch {
    return ''
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
