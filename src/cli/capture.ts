import { captureFiles, readCaptureTarget } from '../host/capture-files.ts'
import { startCapture } from '../host/capture-reader.ts'
import { endReading } from '../host/capture-start.ts'
import { isOver } from '../host/capture-source.ts'
import { rotateIfDue } from '../logs/rotate.ts'
import { Surroundings } from './surroundings.ts'

/**
 * The reader of a captured daemon, as a process of its own: begun by whoever starts the daemon, it goes on when that one
 * has ended, and ends when everybody who writes to the pipe has.
 */
export async function runCapture(targetPath: string, directory: string): Promise<number> {
  const target = readCaptureTarget(targetPath)
  if (target === undefined) return FAILED
  const { definition, key, stream, to, owner } = target
  const files = captureFiles(directory, key, stream)
  const surroundings = new Surroundings(() => {})
  const subject = surroundings.subject(definition)
  const { log } = definition
  let rotating = false
  const rotate = async (size: number): Promise<void> => {
    if (rotating || to.kind !== 'file' || (log.maxAge === undefined && size < (log.maxSize ?? Infinity))) return
    rotating = true
    await rotateIfDue(surroundings.host, subject)
    rotating = false
  }
  for (let stopped = false; ;) {
    const handle = startCapture({
      fifo: files.fifo,
      stage: files.stage,
      note: files.note,
      to,
      mode: log.mode,
      owner,
      format: {
        format: log.format,
        level: log.level,
        prefix: log.prefix,
        rateLimit: log.rateLimit,
        priorities: to.kind === 'passed-on' && to.to !== 'stdout',
        name: definition.name,
        stream,
      },
      overflow: log.overflow,
      buffer: log.buffer,
      grown: (size) => void rotate(size),
      warn: (text) => surroundings.host.tell?.('warn', `${definition.name}: ${text}`),
    })
    // A shutdown ends everything: what is left in the pipe is read by the next reader.
    process.once('SIGTERM', () => {
      stopped = true
      void handle.stop()
    })
    await handle.ended
    if (stopped) return FAILED
    if (endReading(files, () => isOver(files.fifo))) return 0
  }
}

/** Any other status has the keeper start it again. */
const FAILED = 1
