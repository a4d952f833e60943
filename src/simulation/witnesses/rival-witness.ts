import type { SimRival } from "../world/sim-rival.ts"
import type { WriterWitness } from "./writer-witness.ts"

const decoder = new TextDecoder()
const exchangeTime = /"ts":(\d+)/
const receivedTime = /"recv_ts":([\d.]+)/

/**
 * A daemon that took the stream back does not send a tick that it received before the rival's last tick of the
 * contract and that is older: the rival received the same market and has stored it.
 */
export const lookBehindRival = (options: {
  readonly subject: string
  readonly payload: string | Uint8Array
  readonly life: number
  readonly rival: SimRival
  readonly writers: WriterWitness
  readonly complain: (sentence: string) => void
}): void => {
  const { subject, payload, life, rival, writers, complain } = options
  const lastMs = rival.lastOf.get(subject)
  if (lastMs === undefined || !writers.isBackSince(life, lastMs)) return
  writers.checks++
  const text = typeof payload === "string" ? payload : decoder.decode(payload)
  const exchangeMs = Number(exchangeTime.exec(text)?.[1])
  const receivedMs = Number(receivedTime.exec(text)?.[1])
  if (receivedMs > lastMs || exchangeMs >= lastMs) return
  complain(
    `a tick of ${subject} received at ${receivedMs} is stored behind the one that another writer stored at ${lastMs}`
  )
}
