/** Ctrl-C ends a test, but not before what it has started. */
export function interruption(): { readonly signal: AbortSignal; readonly off: () => void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, abort)
  return { signal: controller.signal, off: () => signals.forEach((signal) => void process.off(signal, abort)) }
}
