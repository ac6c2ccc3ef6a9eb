import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeProcessByNative } from '../../src/host/native-process.ts'
import { loadNative } from '../../src/host/native.ts'
import type { Descriptor, NewProcess } from '../../src/host/new-process.ts'
import { makeProcessByNode } from '../../src/host/node-process.ts'
import { scratch } from './scratch.ts'

const native = loadNative()
const calls = native?.spawning()

const makers = {
  Node: makeProcessByNode,
  'posix_spawn(3)': async (request: Parameters<typeof makeProcessByNode>[0]) => {
    if (native === undefined || calls === undefined) throw new Error('there is no posix_spawn')
    return makeProcessByNative(native, calls, request)
  },
}

describe.each(Object.keys(makers))('a process made by %s', (name) => {
  const make = makers[name === 'Node' ? 'Node' : 'posix_spawn(3)']
  const available = name === 'Node' || calls !== undefined

  async function shell(script: string, descriptors: readonly Descriptor[] = ['ignore', 'ignore', 'ignore']) {
    const made = await make({
      path: '/bin/sh',
      args: ['-c', script],
      environment: { PATH: '/usr/bin:/bin', ODD: "it's $ODD\n" },
      detached: true,
      descriptors,
    })
    if (!made.ok) throw new Error(made.error)
    return made.value
  }

  /** What it writes to its standard output, and how it ends. */
  async function output(script: string, more: (file: number) => readonly Descriptor[] = (file) => ['ignore', file]) {
    const path = join(scratch(), 'out')
    const file = openSync(path, 'w')
    const made = await shell(script, more(file))
    closeSync(file)
    return { exit: await made.exited, text: readFileSync(path, 'utf8'), made }
  }

  it.runIf(available)('tells how it ends', async () => {
    const ends = async (made: NewProcess) => made.exited
    expect(await ends(await shell('exit 3'))).toEqual({ kind: 'code', code: 3 })
    expect(await ends(await shell('kill -TERM $$'))).toEqual({ kind: 'signal', signal: 'TERM' })
  })

  it.runIf(available)('begins in "/" with exactly its environment, in a session of its own', async () => {
    const { text, made } = await output(
      'pwd; printf %s "$ODD"; env -0 | tr "\\0" "\\n" | cut -d= -f1 | sort; cut -d" " -f6 /proc/$$/stat',
    )
    const lines = text.split('\n')
    expect(lines.slice(0, 2)).toEqual(['/', "it's $ODD"])
    expect(lines).toEqual(expect.arrayContaining(['ODD', 'PATH']))
    expect(lines).not.toContain('HOME')
    expect(Number(lines.at(-2))).toBe(made.pid)
  })

  it.runIf(available)('has the descriptors that were said, and no others', async () => {
    const { text } = await output(
      'for fd in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; done',
      (file) => ['ignore', file, 'ignore', 'ignore', 'line'],
    )
    expect(text).toBe('0\n1\n2\n4\n')
  })

  it.runIf(available)('no signal is ignored or blocked', async () => {
    process.on('SIGUSR2', () => {})
    const { text } = await output('cat /proc/self/status')
    process.removeAllListeners('SIGUSR2')
    expect(text).toMatch(/^SigBlk:\s0+\nSigIgn:\s0+\nSigCgt:\s0+$/m)
  })

  it.runIf(available)('hears us and is heard, until its end', async () => {
    const made = await shell('read -r word <&3; echo "heard $word" >&3; exec 3>&-; sleep 60', [
      'ignore',
      'ignore',
      'ignore',
      'line',
    ])
    const line = made.line(3)
    let said = ''
    const over = line?.hear((text) => (said += text))
    line?.write('go\n')
    await over
    expect(said).toBe('heard go\n')
    process.kill(made.pid, 'SIGKILL')
    expect(await made.exited).toEqual({ kind: 'signal', signal: 'KILL' })
  })

  it.runIf(available)('a line that we close is over', async () => {
    const made = await shell('read -r word <&3; exit 7', ['ignore', 'ignore', 'ignore', 'line'])
    const line = made.line(3)
    const over = line?.hear(() => {})
    line?.close()
    await over
    line?.close()
    made.unref()
    expect(await made.exited).toEqual({ kind: 'code', code: 7 })
    made.unref()
  })

  it.runIf(available && name !== 'Node')('descriptors may change places', async () => {
    const directory = scratch()
    const [a, b] = ['a', 'b'].map((word) => {
      writeFileSync(join(directory, word), word)
      return openSync(join(directory, word), 'r')
    })
    if (a === undefined || b === undefined) return
    const { text } = await output(`cat /dev/fd/${a} /dev/fd/${b}`, (file) => {
      const descriptors: Descriptor[] = Array.from({ length: Math.max(a, b) + 1 }, (): Descriptor => 'ignore')
      descriptors[1] = file
      descriptors[a] = b
      descriptors[b] = a
      return descriptors
    })
    closeSync(a)
    closeSync(b)
    expect(text).toBe('ba')
  })

  it.runIf(available)('where there is nothing to execute, it says so', async () => {
    const made = await make({ path: '/no/such', args: [], environment: {}, detached: true, descriptors: [] })
    expect(made).toMatchObject({ ok: false, error: expect.stringContaining('ENOENT') })
  })
})
