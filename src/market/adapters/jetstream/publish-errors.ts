import { Schema } from "effect"
import type { AckRefusal } from "./publish-ack.ts"

/**
 * What follows from a refused message.
 * `retryable`: it is not stored and may be sent again. `ambiguous`: it may be stored, only the stream's tail tells. None is
 * final: what an operator changed an operator changes back, and the message is retained until then.
 */
type RefusalKind = "retryable" | "ambiguous"

export interface Refusal {
  readonly kind: RefusalKind
  /** Stable, for logs and metrics. */
  readonly code: string
  /** The server's own words, and behind a semicolon what to do about it where somebody must do something. */
  readonly description: string
}

/** Source: nats-server, `server/jetstream_errors_generated.go`. A number that is not here is `UNKNOWN`, and retryable. */
const known: ReadonlyMap<number, readonly [RefusalKind, string]> = new Map<number, readonly [RefusalKind, string]>([
  [10071, ["ambiguous", "WRONG_LAST_SEQUENCE"]],
  [10164, ["ambiguous", "WRONG_LAST_SEQUENCE"]],
  [10077, ["retryable", "STORE_FAILED"]],
  [10002, ["retryable", "RESOURCES_EXCEEDED"]],
  [10023, ["retryable", "RESOURCES_EXCEEDED"]],
  [10028, ["retryable", "RESOURCES_EXCEEDED"]],
  [10047, ["retryable", "RESOURCES_EXCEEDED"]],
  [10005, ["retryable", "CLUSTER_UNAVAILABLE"]],
  [10008, ["retryable", "CLUSTER_UNAVAILABLE"]],
  [10009, ["retryable", "CLUSTER_UNAVAILABLE"]],
  [10118, ["retryable", "STREAM_OFFLINE"]],
  [10059, ["retryable", "STREAM_MISSING"]],
  [10039, ["retryable", "JETSTREAM_DISABLED"]],
  [10076, ["retryable", "JETSTREAM_DISABLED"]],
  [10054, ["retryable", "MESSAGE_TOO_LARGE"]],
  [10097, ["retryable", "MESSAGE_TOO_LARGE"]],
  [10060, ["retryable", "STREAM_MISMATCH"]],
  [10109, ["retryable", "STREAM_SEALED"]]
])

const fixes: Readonly<Record<string, string>> = {
  RESOURCES_EXCEEDED: "free the disk of the server's store, or raise max_file_store and the integrity's limits",
  STORE_FAILED: "the server cannot write its store: free its disk, or see its log",
  MESSAGE_TOO_LARGE: "raise max_msg_size of the stream and max_payload of the server above the size of a tick",
  STREAM_MISMATCH: "point TICK_STREAM and the stream's subjects at one stream, see 'tickd streams check'",
  STREAM_SEALED: "name another stream with TICK_STREAM, or delete this one once its ticks are no longer needed",
  STREAM_FULL: "raise the stream's limits or let it discard its oldest, see 'tickd streams check'"
}

/** The server's words with the fix behind them, if it takes one. */
export const withFix = (code: string, description: string): string => {
  const fix = fixes[code]
  return fix === undefined ? description : `${description.replace(/\.$/, "")}; ${fix}`
}

/** Turns the server's reply into what to do about it. Total: every reply gets an answer. */
export const classifyRefusal = ({ status, errCode, description }: AckRefusal): Refusal => {
  if (errCode === 0 && status === 503) return { kind: "retryable", code: "NO_RESPONDERS", description }
  const [kind, code] =
    known.get(errCode) ?? (errCode === 0 ? ["ambiguous", "UNREADABLE_ACK"] : ["retryable", "UNKNOWN"])
  // both a full disk and the stream's own limit come as 10077: the operator's fix differs
  const full = code === "STORE_FAILED" && /maximum (bytes|messages|messages per subject) exceeded/.test(description)
  const told = full ? "STREAM_FULL" : code
  return { kind, code: told, description: withFix(told, description) }
}

/**
 * The publisher never had its stream in this life and was asked not to wait for it (`endsAtStart`). What it retains stays
 * retained, and a later `run` of the same publisher begins with it. `code`: of the `LinkError` that it met.
 */
export class PublisherFatal extends Schema.TaggedError<PublisherFatal>()("PublisherFatal", {
  code: Schema.String,
  message: Schema.String
}) {}

/**
 * A step over the connection failed; the connection is given up and the next one reconciles.
 * `retryable` false: no later attempt succeeds before someone has changed something.
 */
export class LinkError extends Schema.TaggedError<LinkError>()("LinkError", {
  code: Schema.String,
  message: Schema.String,
  retryable: Schema.Boolean
}) {}

export const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
