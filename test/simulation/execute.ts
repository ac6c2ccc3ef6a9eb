import { parseNotification } from '../../src/decide/watch/notification.ts'
import type { Exit } from '../../src/host/host.ts'
import { isLiving, type Process } from './kernel.ts'
import type { Forking, Program } from './program.ts'
import type { World } from './world.ts'

/** execve(2): from here on the process does what its program does. */
export function execute(world: World, process: Process, program: Program): void {
  process.executable = program.path
  process.program = program
  if (program.forking === undefined) return beDaemon(world, process, program)
  process.role = 'launcher'
  process.busyUntil = Infinity
  world.timeline.after(program.forking.forksAfter, () => {
    if (isLiving(process) && program.forking !== undefined) launch(world, process, program, program.forking)
  })
}

function launch(world: World, launcher: Process, program: Program, how: Forking): void {
  const { kernel, timeline } = world
  let parent = launcher
  if (how.forks === 'twice') {
    parent = kernel.fork(launcher)
    kernel.setsid(parent)
  }
  const daemon = kernel.fork(parent)
  if (how.forks === 'once') kernel.setsid(daemon)
  else kernel.end(parent, { kind: 'code', code: 0 })
  daemon.parent = 1
  beDaemon(world, daemon, program)
  if (how.pidfileAfter !== undefined) {
    timeline.after(how.pidfileAfter, () => {
      if (isLiving(daemon)) world.writeFile(program.pidfile, `${daemon.pid}\n`)
    })
  }
  if (how.daemonDiesAfter !== undefined) {
    timeline.after(how.daemonDiesAfter, () => kernel.end(daemon, { kind: 'code', code: 1 }))
  }
  if (how.launcherEndsAfter !== undefined) {
    timeline.after(how.launcherEndsAfter, () => kernel.end(launcher, { kind: 'code', code: how.launcherExit }))
  }
}

function tell(world: World, main: Process, says: Program['says'] = []): void {
  for (const { after, text } of says) {
    world.timeline.after(after, () => isLiving(main) && world.ears.get(main.of)?.(parseNotification(text)))
  }
}

function beDaemon(world: World, main: Process, program: Program): void {
  const { kernel, timeline } = world
  main.busyUntil = timeline.now + program.busy
  if (program.onTerm === undefined) main.reactions.set('TERM', 'ignores')
  else {
    main.reactions.set('TERM', () => {
      tell(world, main, program.saysAtEnd)
      timeline.after(program.onTerm ?? 0, () => endInGoodOrder(world, main, program))
    })
  }
  if (program.onHup === 'ignores') main.reactions.set('HUP', 'ignores')
  if (program.onHup === 'reloads') main.reactions.set('HUP', () => tell(world, main, program.says))
  if (program.onHup === 'changes-main-pid') main.reactions.set('HUP', () => changeMainPid(world, main, program))
  kernel.becomesMain(main)
  timeline.after(program.busy / 2, () => makeWorkers(world, main, program))
  if (program.livesFor !== undefined) timeline.after(program.livesFor, () => kernel.end(main, program.endsWith))
  if (program.suspendsItself) {
    timeline.after(program.busy + 200, () => {
      if (isLiving(main)) main.state = 'T'
    })
  }
}

function makeWorkers({ kernel }: World, main: Process, program: Program): void {
  for (let count = 0; count < program.workers && isLiving(main); count += 1) {
    const worker = kernel.fork(main, { role: 'worker' })
    if (program.workersIgnoreTerm) worker.reactions.set('TERM', 'ignores')
    if (program.workersAre === 'escaped') {
      kernel.setsid(worker)
      worker.parent = 1
    }
  }
}

function endInGoodOrder(world: World, main: Process, program: Program): void {
  if (!isLiving(main)) return
  const exit: Exit = { kind: 'code', code: 0 }
  if (program.endsWorkers) {
    for (const worker of world.kernel.living(main.of)) {
      if (worker.role === 'worker' && worker.launch === main.launch) world.kernel.end(worker, exit)
    }
  }
  if (program.removesPidfile && world.fileText(program.pidfile)?.trim() === String(main.pid)) {
    world.files.delete(program.pidfile)
  }
  world.kernel.end(main, exit)
}

/** As php-fpm does on USR2: a successor in the same session, which writes the pidfile; then the old one goes. */
function changeMainPid(world: World, main: Process, program: Program): void {
  world.timeline.after(20, () => {
    if (!isLiving(main)) return
    const successor = world.kernel.fork(main)
    beDaemon(world, successor, { ...program, workers: 0 })
    world.writeFile(program.pidfile, `${successor.pid}\n`)
    world.kernel.end(main, { kind: 'code', code: 0 })
  })
}
