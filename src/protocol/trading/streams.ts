import type { StreamShape } from "../control/stream-shape.ts"
import { escapeToken } from "../control/subject-token.ts"
import { safetyBucketShape } from "./safety.ts"

const dayNs = 24 * 3_600_000 * 1e6
const mebibyte = 1024 * 1024

/** One subject for each symbol: `trade.order.AAPL`. Points of a symbol are underscores. */
const orderSubjects = "trade.order.>"
/** One subject for each kind of event of the safety states: `trade.safety.tripped`. */
const safetySubjects = "trade.safety.>"

/** Entries of the audit: `trade.audit.<instance>`. */
export const auditSubject = (instance: string): string => `trade.audit.${escapeToken(instance)}`
const auditSubjects = "trade.audit.>"

/**
 * What happened to orders, for consumers. The book of orders is the truth: this stream may lose its oldest messages.
 */
export const tradeEventsShape: StreamShape = {
  name: "TRADE_EVENTS",
  subjects: [orderSubjects, safetySubjects, auditSubjects],
  storage: "file",
  retention: "limits",
  discard: "old",
  max_age: 30 * dayNs,
  max_bytes: 512 * mebibyte,
  max_msgs: -1,
  max_msgs_per_subject: -1,
  num_replicas: 1,
  allow_direct: true
}

/** The streams and buckets of a trading daemon, in the sequence in which it needs them. */
export const tradingStreams = (
  replicas: number
): ReadonlyArray<{
  readonly kind: "stream" | "bucket"
  readonly shape: StreamShape
}> => [
  { kind: "bucket", shape: safetyBucketShape(replicas) },
  { kind: "stream", shape: { ...tradeEventsShape, num_replicas: replicas } }
]
