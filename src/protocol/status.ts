import { Schema } from "effect"

const Counts = Schema.Record(Schema.String, Schema.Int)

/**
 * The account of one feed, in ticks: `received = published + quarantined_total + dropped_total + in_flight`.
 * `balanced` says that this holds and that the producer's own counters agree.
 */
export const LedgerMessage = Schema.Struct({
  feed: Schema.String,
  received: Schema.Int,
  published: Schema.Int,
  quarantined: Counts,
  quarantined_total: Schema.Int,
  dropped: Counts,
  dropped_total: Schema.Int,
  in_flight: Schema.Int,
  in_flight_at: Schema.Struct({ ring: Schema.Int, queue: Schema.Int, publisher: Schema.Int }),
  balanced: Schema.Boolean
})
export type LedgerMessage = typeof LedgerMessage.Type

const SessionMessage = Schema.Struct({
  feed: Schema.String,
  account: Schema.String,
  state: Schema.String,
  since: Schema.String,
  attempts: Schema.Int,
  trading_day: Schema.NullOr(Schema.String),
  last_error: Schema.NullOr(Schema.String),
  api_version: Schema.String,
  worker_pid: Schema.Int,
  subscriptions: Schema.Struct({ wanted: Schema.Int, acknowledged: Schema.Int, rejected: Schema.Int })
})

const ChildMessage = Schema.Struct({
  path: Schema.String,
  state: Schema.String,
  since: Schema.String,
  restarts: Schema.Int,
  last_reason: Schema.NullOr(Schema.String)
})

/**
 * Answer to `md.ctl.<instance>.status` and `GET /status`.
 * Shape: times are ISO 8601 in Asia/Shanghai, ages and latencies milliseconds, counts ticks.
 */
export const StatusMessage = Schema.Struct({
  version: Schema.Literal(1),
  instance: Schema.String,
  pid: Schema.Int,
  ready: Schema.Boolean,
  /** Why it is not ready; empty when it is. */
  reasons: Schema.Array(Schema.String),
  uptime_ms: Schema.Int,
  restarts: Schema.Int,
  ticks_per_second: Schema.Number,
  latency_ms: Schema.Struct({ p50: Schema.NullOr(Schema.Number), p99: Schema.NullOr(Schema.Number) }),
  queue: Schema.Struct({ depth: Schema.Int, capacity: Schema.Int, high_water: Schema.Int, oldest_ms: Schema.Number }),
  broker: Schema.Struct({
    link: Schema.String,
    url: Schema.String,
    stream: Schema.String,
    resent: Schema.Int,
    errors: Schema.Int,
    reconnects: Schema.Int,
    foreign_writes: Schema.Int,
    oldest_unacked_ms: Schema.Number
  }),
  ledger: Schema.Array(LedgerMessage),
  sessions: Schema.Array(SessionMessage),
  tree: Schema.Array(ChildMessage)
})
export type StatusMessage = typeof StatusMessage.Type

/** Subject on which the daemon `instance` answers the verb `verb`. */
export const controlSubject = (instance: string, verb: string): string => `md.ctl.${instance}.${verb}`
