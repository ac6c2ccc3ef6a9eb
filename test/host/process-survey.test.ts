import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { linuxProcessTable } from '../../src/host/process-table.ts'

const processes = linuxProcessTable()
const ofPid = (pid: number) => processes.survey()?.find((process) => process.pid === pid)

test.skipIf(process.platform !== 'linux')('a survey says of a process what a look at it says', async () => {
  // A name with everything in it that a name may have.
  const child = spawn('/bin/bash', ['-c', 'printf "a) R (1 2" > /proc/self/comm; echo; read'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const pid = child.pid ?? 0
  const surveyed = ofPid(pid)
  const reading = processes.read(pid)
  if (reading.kind !== 'seen' || surveyed === undefined) throw new Error('it is not seen')
  const { name, startTime, startedAt, parent, group, session, terminal } = reading.process
  expect(surveyed).toMatchObject({ name, startTime, startedAt, parent, group, session, terminal, threads: 1 })
  expect([surveyed.name, surveyed.session, surveyed.parent]).toEqual(['a) R (1 2', pid, process.pid])
  expect(surveyed.cgroup).toBe(/^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1])
  expect(processes.holdings(pid)?.descriptors).toBe(processes.usage(pid)?.descriptors)
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const resident = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024
  // Some kernels count a few pages later in one file than in the other.
  expect(Math.abs((processes.holdings(pid)?.rss ?? 0) - resident)).toBeLessThan(1 << 20)

  child.stdin.end()
  await once(child, 'exit')
  expect(ofPid(pid)).toBeUndefined()
  expect([processes.usage(pid), processes.holdings(pid)]).toEqual([undefined, undefined])
})

test.skipIf(process.platform !== 'linux')('a survey has all processes, and the kernel’s are among them', async () => {
  const listed = new Set((await processes.list()).map(({ pid, startTime }) => `${pid} ${startTime}`))
  const surveyed = (processes.survey() ?? []).map(({ pid, startTime }) => `${pid} ${startTime}`)
  expect(surveyed.filter((one) => listed.has(one)).length).toBeGreaterThan(listed.size / 2)
  expect(ofPid(process.pid)?.threads).toBeGreaterThan(1)
  expect(ofPid(process.pid)?.cpuTime).toBeGreaterThan(0)
})
