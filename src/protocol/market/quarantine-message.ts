import { Schema } from "effect"
import { escapeToken } from "../control/subject-token.ts"

/**
 * A quarantined tick, on `md.quarantine.<reason>`, stream `MD_QUARANTINE`.
 * Identity: `feed` and `seq`; that number is in no message of `md.tick.>`. With `exception`, `unwritable` and `late`
 * the same tick may be there from another feed.
 * Shape: `raw` is the slot as read from the ring, 320 bytes in base64 (docs/reference/ring.md), with the worker's own
 * number of the instrument (reasons `unwritable`, `late`: as the normaliser left it, `src/kernel/tick/tick-slab.ts`);
 * `symbol` is empty when the worker named none. `recv_ts` epoch milliseconds UTC.
 * Errors: decoding fails with `SchemaError`. Source: docs/reference/laws.md.
 */
export const QuarantineMessage = Schema.Struct({
  version: Schema.Literal(1),
  feed: Schema.String,
  seq: Schema.Int,
  reason: Schema.String,
  symbol: Schema.String,
  recv_ts: Schema.Finite,
  raw: Schema.String
})
export type QuarantineMessage = typeof QuarantineMessage.Type

export const quarantineSubjects = "md.quarantine.>"
export const quarantineSubject = (reason: string): string => `md.quarantine.${escapeToken(reason)}`

/** Bytes as base64, without a Buffer: rare, so speed does not matter. */
export const base64Of = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
