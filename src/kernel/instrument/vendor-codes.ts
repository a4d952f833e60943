/**
 * Reasons of a lost link that no library reported: its worker ended, or we disconnected. The vendor's own reasons are
 * positive.
 */
export const ownLossReasons = { workerEnded: -1, workerSilent: -2, hungUp: -3 } as const

/** Source: the vendor's pages on OnFrontDisconnected; measured: 0x1001, 0x2001, 0x2003. */
const reasonWords: ReadonlyMap<number, string> = new Map([
  [0x1001, "the network read failed: the front, or a device between, closed the connection"],
  [0x1002, "the network write failed"],
  [0x2001, "no heartbeat arrived from the front"],
  [0x2002, "the heartbeat could not be sent"],
  [0x2003, "the front sent an invalid message: check that the address is a CTP front of this version"]
])

/** Why the link to a front ended, as a sentence without its end. */
export const lossWords = (reason: number): string => {
  if (reason === ownLossReasons.workerEnded) return "the feed worker ended, and the link with it"
  if (reason === ownLossReasons.workerSilent) return "the feed worker did not answer and was killed"
  if (reason === ownLossReasons.hungUp) return "the link was dropped on demand"
  const words = reasonWords.get(reason)
  const code = `front disconnected, reason 0x${reason.toString(16)}`
  return words === undefined ? code : `${code} (${words})`
}

/** Return codes of a request that was not sent: the vendor's, and the worker's own below -99. */
const notSentReasons: ReadonlyMap<number, string> = new Map([
  [-1, "not connected"],
  [-2, "too many requests are waiting"],
  [-3, "too many requests a second"],
  [-100, "a text is longer than CTP's field"],
  [-101, "a text holds a control character"]
])

/** Why a request did not reach the front. */
export const notSentWords = (request: string, code: number): string => {
  const words = notSentReasons.get(code)
  return `${request} not sent, code ${code}${words === undefined ? "" : ` (${words})`}`
}
