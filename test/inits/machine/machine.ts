import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'

const BOOT = `${import.meta.dirname}/boot.sh`
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** What a program inside may not do any more than the init may. */
const WITHOUT =
  '-sys_boot,-sys_time,-sys_module,-sys_rawio,-mknod,-mac_admin,-mac_override,-syslog,-audit_control,-bpf,-perfmon'

export interface Booted {
  /** Run inside before the boot, in a shell. */
  readonly prepare: string
  readonly init: readonly string[]
  /** Laid over the root first. */
  readonly layer?: string
  /** Another root than this machine's. */
  readonly root?: string
  /** Seen inside at the same path, read-only. */
  readonly share?: string
  /** A shell command that succeeds when the boot has ended. */
  readonly booted: string
}

export interface Answer {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A machine in namespaces, with a real init as PID 1. Everything in it ends with it. */
export class Machine {
  readonly #boot: ChildProcessWithoutNullStreams
  readonly #init: string
  readonly #console: string

  private constructor(boot: ChildProcessWithoutNullStreams, init: string, console: string) {
    this.#boot = boot
    this.#init = init
    this.#console = console
  }

  static async boot({ prepare, init, root = '/', layer = '', share = '', booted }: Booted): Promise<Machine> {
    const boot = spawn(BOOT, [prepare, ...init], { env: { ...process.env, ROOT: root, LAYER: layer, SHARE: share } })
    let errors = ''
    boot.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    const line = await new Promise<string>((resolve, reject) => {
      createInterface(boot.stdout).once('line', resolve)
      boot.once('exit', (code) => reject(new Error(`boot.sh ended with ${code}: ${errors}`)))
      boot.once('error', reject)
    })
    const [pid = '', console = ''] = line.split(' ')
    const machine = new Machine(boot, pid, console)
    await machine.until(booted, 60_000)
    return machine
  }

  /** Runs a shell command inside to its end, with a clean environment. */
  run(command: string, input = ''): Answer {
    return this.#enter(['sh', '-c', command], input)
  }

  exec(...words: readonly string[]): Answer {
    return this.#enter(words, '')
  }

  /** Runs it; it must succeed. Gives its output without the line's end. */
  must(command: string, input = ''): string {
    const { status, stdout, stderr } = this.run(command, input)
    expect(`${command}: ${status} ${status === 0 ? '' : stdout + stderr}`).toBe(`${command}: 0 `)
    return stdout.trimEnd()
  }

  /** Runs a shell command inside to its end, however long it takes, while others go on here. */
  async finish(command: string, within: number): Promise<number | null> {
    const [program = '', ...words] = this.#entering(['sh', '-c', command])
    const child = spawn(program, words, { stdio: 'ignore', timeout: within, killSignal: 'SIGKILL' })
    return new Promise((resolve, reject) => {
      child.once('exit', resolve)
      child.once('error', reject)
    })
  }

  write(path: string, text: string, mode = 0o644): void {
    const quoted = `'${path.replaceAll("'", String.raw`'\''`)}'`
    this.must(`mkdir -p "$(dirname ${quoted})" && cat >${quoted} && chmod ${mode.toString(8)} ${quoted}`, text)
  }

  read(path: string): string {
    return this.exec('cat', path).stdout
  }

  /** Until a shell command succeeds. */
  async until(command: string, within = 20_000): Promise<void> {
    const deadline = Date.now() + within
    for (;;) {
      const { status, stdout, stderr } = this.run(command)
      if (status === 0) return
      if (Date.now() > deadline) throw new Error(`still not: ${command}\n${stdout}${stderr}\n${this.console()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** What the init has said. */
  console(): string {
    return readFileSync(this.#console, 'utf8').slice(-4000)
  }

  async end(): Promise<void> {
    if (this.#boot.exitCode !== null) return
    const ended = new Promise((resolve) => this.#boot.once('exit', resolve))
    this.#boot.stdin.end()
    await ended
  }

  #entering(words: readonly string[]): readonly string[] {
    const namespaces = ['-p', '-m', '-i', '-u', '-n', '-C', '-r', '-w']
    const environment = ['env', '-i', `PATH=${PATH}`, 'HOME=/root', 'TERM=dumb', 'LC_ALL=C.UTF-8']
    return [
      'setpriv',
      `--bounding-set=${WITHOUT}`,
      'nsenter',
      '-t',
      this.#init,
      ...namespaces,
      ...environment,
      ...words,
    ]
  }

  #enter(words: readonly string[], input: string): Answer {
    const [program = '', ...rest] = this.#entering(words)
    const { status, stdout, stderr, error } = spawnSync(program, rest, {
      input,
      encoding: 'utf8',
      timeout: 60_000,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024 * 1024,
    })
    if (error !== undefined) throw error
    return { status, stdout, stderr }
  }
}
