import { Schema } from "effect"
import type { AckRefusal } from "./publish-ack.ts"

/**
 * Consequence of a refused message.
 * `retryable`: it is not stored and may be sent again. `ambiguous`: it may be stored, and only the stream's tail
 * shows it. None is final: an operator can undo a change, and the message is retained until then.
 */
type RefusalKind = "retryable" | "ambiguous"

export interface Refusal {
  readonly kind: RefusalKind
  /** Stable, for logs and metrics. */
  readonly code: string
  /** The server's text, followed by a semicolon and the fix where an operator must act. */
  readonly description: string
}

/** Source: nats-server, `server/jetstream_errors_generated.go`. An unlisted number is `UNKNOWN`, and retryable. */
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

/** The server's text, followed by the fix if there is one. */
export const withFix = (code: string, description: string): string => {
  const fix = fixes[code]
  return fix === undefined ? description : `${description.replace(/\.$/, "")}; ${fix}`
}

/** Classifies the server's reply. Total: every reply has a class. */
export const classifyRefusal = ({ status, errCode, description }: AckRefusal): Refusal => {
  if (errCode === 0 && status === 503) return { kind: "retryable", code: "NO_RESPONDERS", description }
  const [kind, code] =
    known.get(errCode) ?? (errCode === 0 ? ["ambiguous", "UNREADABLE_ACK"] : ["retryable", "UNKNOWN"])
  // a full disk and the stream's own limit both arrive as 10077, but their fixes differ
  const full = code === "STORE_FAILED" && /maximum (bytes|messages|messages per subject) exceeded/.test(description)
  const reported = full ? "STREAM_FULL" : code
  return { kind, code: reported, description: withFix(reported, description) }
}

/**
 * The publisher never reached its stream in this run, and was configured not to wait for it (`endsAtStart`). Retained
 * messages stay retained; a later `run` of the same publisher begins with them. `code`: of the `LinkError`.
 */
export class PublisherFatal extends Schema.TaggedError<PublisherFatal>()("PublisherFatal", {
  code: Schema.String,
  message: Schema.String
}) {}

/**
 * A step over the connection failed. The connection is given up and the next one reconciles.
 * `retryable` false: no later attempt succeeds until an operator changes something.
 */
export class LinkError extends Schema.TaggedError<LinkError>()("LinkError", {
  code: Schema.String,
  message: Schema.String,
  retryable: Schema.Boolean
}) {}
