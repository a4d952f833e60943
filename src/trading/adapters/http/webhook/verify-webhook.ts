import { createHmac, timingSafeEqual } from "node:crypto"
import { type InstantNs, parseInstant } from "../../../../kernel/time/utc-instant.ts"
import type { Problem } from "../problem.ts"

/** A webhook that is older or newer than this is refused. */
export const webhookWindowNs = 300_000_000_000n

/** Headers of a webhook, in lower case. */
export interface WebhookHeaders {
  /** HMAC-SHA256 of the raw body, 64 hexadecimal digits, with or without `sha256=`. */
  readonly signature: string | undefined
  /** Seconds since 1970, with `timeSignature`. */
  readonly time: string | undefined
  /** HMAC-SHA256 of `TIME.BODY`: the time is what the sender says at each attempt. */
  readonly timeSignature: string | undefined
}

export const webhookHeaderNames = {
  signature: "x-alpaca-signature",
  time: "x-tickd-timestamp",
  timeSignature: "x-tickd-signature"
} as const

const refused = (code: string, detail: string): Problem => ({ status: 401, code, detail })

/** The digest that a header claims; undefined: it is none. */
const claimed = (header: string | undefined): Buffer | undefined => {
  const hex = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(header?.trim() ?? "")?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, "hex")
}

const isSigned = (secret: string, header: string | undefined, parts: ReadonlyArray<string | Uint8Array>): boolean => {
  const given = claimed(header)
  if (given === undefined) return false
  const hmac = createHmac("sha256", secret)
  for (const part of parts) hmac.update(part)
  return timingSafeEqual(given, hmac.digest())
}

/**
 * Checks a webhook before its body is read as JSON; undefined: it is signed. With `X-Tickd-Timestamp` that header must
 * be signed too, and is within the window of `now`.
 */
export const signatureProblem = (
  secret: string,
  headers: WebhookHeaders,
  body: Uint8Array,
  now: InstantNs
): Problem | undefined => {
  if (headers.signature === undefined) {
    return refused("WEBHOOK_UNSIGNED", "The header X-Alpaca-Signature is missing: sign the raw body.")
  }
  if (!isSigned(secret, headers.signature, [body])) {
    return refused(
      "WEBHOOK_SIGNATURE",
      "X-Alpaca-Signature is not the HMAC-SHA256 of the body with this daemon's secret."
    )
  }
  const { time, timeSignature } = headers
  if (time === undefined && timeSignature === undefined) return undefined
  if (time === undefined || !/^\d{1,11}$/.test(time) || !isSigned(secret, timeSignature, [`${time}.`, body])) {
    return refused(
      "WEBHOOK_SIGNATURE",
      "X-Tickd-Signature is not the HMAC-SHA256 of TIMESTAMP.BODY with this daemon's secret."
    )
  }
  return timeProblem(BigInt(time) * 1_000_000_000n, now)
}

/** The time of a webhook that has it in its body alone: there the signature of the body covers it. */
export const timeOfBody = (json: Readonly<Record<string, unknown>>): InstantNs | undefined => {
  const { at, timestamp, order } = json
  const updatedAt =
    typeof order === "object" && order !== null ? (order as { updated_at?: unknown }).updated_at : undefined
  const text = [timestamp, at, updatedAt].find((one) => typeof one === "string")
  return text === undefined ? undefined : parseInstant(text as string)
}

export const timeProblem = (at: InstantNs | undefined, now: InstantNs): Problem | undefined => {
  if (at === undefined) {
    return refused("WEBHOOK_TIME", "The webhook has no time: send X-Tickd-Timestamp, or a body with timestamp.")
  }
  const apart = at > now ? at - now : now - at
  return apart <= webhookWindowNs
    ? undefined
    : refused(
        "WEBHOOK_TIME",
        "The webhook's time is more than 300 s from now: check both clocks; an old event is not needed."
      )
}
