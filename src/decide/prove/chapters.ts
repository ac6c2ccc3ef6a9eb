/** What an examination consists of, in this order. */
export const CHAPTERS = {
  'by-hand': 'Started by hand',
  start: 'Started by daemonctl',
  pidfile: 'Its pidfile',
  second: 'A second copy',
  reload: 'Its configuration, read again',
  reopen: 'Its log, opened again',
  crash: 'After a crash',
  stop: 'The end',
} as const satisfies Readonly<Record<string, string>>

export type Chapter = keyof typeof CHAPTERS
