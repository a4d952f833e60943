import { createHmac } from "node:crypto"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { VenueEvent } from "../core/event-log.ts"

export interface WebhookTarget {
  readonly url: string
  readonly secret: string
}

/** Posts each event to a URL, one after the other. */
export interface Webhook {
  readonly publish: (event: VenueEvent) => void
  readonly counts: () => { readonly sent: number; readonly failed: number; readonly dropped: number }
  readonly close: () => void
}

const waitingMax = 10_000
const attemptsMax = 3
const timeoutMs = 5000
const pauseMs = 200

const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex")

/**
 * `X-Alpaca-Signature` covers the body alone, as the callers of the former service sign. It can be replayed for ever;
 * `X-Tickd-Signature` covers `TIMESTAMP.BODY`, with the time in seconds of `X-Tickd-Timestamp`.
 */
export const webhookHeaders = (secret: string, timestamp: string, body: string) => ({
  "content-type": "application/json",
  "x-alpaca-signature": `sha256=${hmac(secret, body)}`,
  "x-tickd-timestamp": timestamp,
  "x-tickd-signature": `sha256=${hmac(secret, `${timestamp}.${body}`)}`
})

export const makeWebhook = ({ secret, url }: WebhookTarget, now: () => InstantNs): Webhook => {
  const waiting: Array<string> = []
  const stopped = new AbortController()
  let isSending = false
  const counts = { sent: 0, failed: 0, dropped: 0 }

  const post = async (body: string): Promise<boolean> => {
    const timestamp = String(now() / 1_000_000_000n)
    try {
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(timeoutMs)])
      const answer = await fetch(url, {
        method: "POST",
        headers: webhookHeaders(secret, timestamp, body),
        body,
        signal
      })
      await answer.arrayBuffer()
      return answer.ok
    } catch {
      // The receiver is away: counted, and repeated a few times.
      return false
    }
  }

  const sendOne = async (body: string) => {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      if (await post(body)) return void counts.sent++
      if (stopped.signal.aborted) return
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    counts.failed++
  }

  const drain = async () => {
    if (isSending) return
    isSending = true
    for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) await sendOne(body)
    isSending = false
  }

  return {
    publish: ({ data }) => {
      if (waiting.length >= waitingMax) return void counts.dropped++
      waiting.push(JSON.stringify(data))
      void drain()
    },
    counts: () => counts,
    close: () => {
      waiting.length = 0
      stopped.abort()
    }
  }
}
