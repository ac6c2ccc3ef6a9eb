import { expect, test } from 'vitest'
import { parseNotification } from '../../../src/decide/watch/notification.ts'

const nothing = {
  ready: false,
  reloading: undefined,
  mainPid: undefined,
  status: undefined,
  longer: undefined,
  words: [],
}

test.each([
  ['', nothing],
  ['READY=1\nSTATUS=a=b\nMAINPID=70', { ...nothing, ready: true, status: 'a=b', mainPid: 70 }],
  ['READY=0\nMAINPID=1', nothing],
  ['MAINPID=-7', nothing],
  ['MAINPID=7.5', nothing],
  ['WATCHDOG=1', { ...nothing, words: [{ kind: 'well' }] }],
  ['WATCHDOG=trigger', { ...nothing, words: [{ kind: 'ill' }] }],
  ['WATCHDOG=2', nothing],
  ['STOPPING=1\nWATCHDOG=1', { ...nothing, words: [{ kind: 'well' }, { kind: 'leaving' }] }],
  ['WATCHDOG=1\nWATCHDOG_USEC=2500000', { ...nothing, words: [{ kind: 'every', every: 2500 }, { kind: 'well' }] }],
  ['WATCHDOG_USEC=1', { ...nothing, words: [{ kind: 'every', every: 1 }] }],
  ['WATCHDOG_USEC=0', { ...nothing, words: [{ kind: 'every', every: undefined }] }],
  ['WATCHDOG_USEC=soon', nothing],
  ['WATCHDOG_USEC=99999999999999999999', nothing],
  ['EXTEND_TIMEOUT_USEC=2500000', { ...nothing, longer: 2500, words: [{ kind: 'longer', by: 2500 }] }],
  [
    'EXTEND_TIMEOUT_USEC=1000\nSTOPPING=1',
    { ...nothing, longer: 1, words: [{ kind: 'leaving' }, { kind: 'longer', by: 1 }] },
  ],
  ['EXTEND_TIMEOUT_USEC=0', nothing],
  ['EXTEND_TIMEOUT_USEC=-1', nothing],
  ['RELOADING=1', { ...nothing, reloading: { since: undefined } }],
  ['RELOADING=1\nMONOTONIC_USEC=2500', { ...nothing, reloading: { since: 2.5 } }],
  ['RELOADING=0\nMONOTONIC_USEC=2500', nothing],
  ['BARRIER=1\nFDSTORE=1\nno line of ours\n\0', nothing],
])('%j', (text, said) => {
  expect(parseNotification(text)).toEqual(said)
})
