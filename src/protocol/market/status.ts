import { Schema } from "effect"
import { FailoverMessage } from "./failover.ts"

const Counts = Schema.Record(Schema.String, Schema.Int)

/**
 * The ledger of one feed, in ticks:
 * `received = published + duplicate + quarantined_total + conflated + dropped_total + in_flight + spooled`.
 * `flagged` counts published ticks by the law that they break (docs/reference/laws.md); it is not part of the law.
 * `balanced`: the law holds, and the producer's own counters agree.
 */
export const LedgerMessage = Schema.Struct({
  feed: Schema.String,
  received: Schema.Int,
  published: Schema.Int,
  duplicate: Schema.Int,
  quarantined: Counts,
  quarantined_total: Schema.Int,
  conflated: Schema.Int,
  dropped: Counts,
  dropped_total: Schema.Int,
  in_flight: Schema.Int,
  in_flight_at: Schema.Struct({ ring: Schema.Int, queue: Schema.Int, publisher: Schema.Int }),
  flagged: Counts,
  /** Published ticks outside the trading calendar, and with a repaired day. An older daemon does not send these two. */
  beyond_calendar: Schema.optionalKey(Schema.Int),
  time_repaired: Schema.optionalKey(Schema.Int),
  /** Exchange time minus the host's clock, measured on ticks, when they differ by more than a minute; else 0. */
  clock_offset_ms: Schema.optionalKey(Schema.Int),
  /** Caught exceptions, by step: checking a tick, recording it, writing its message. */
  exceptions: Schema.optionalKey(Schema.Record(Schema.String, Schema.Int)),
  /** Left on disk at a stop for the next start; 0 while the daemon runs. An older daemon does not send it. */
  spooled: Schema.optionalKey(Schema.Int),
  balanced: Schema.Boolean
})
export type LedgerMessage = typeof LedgerMessage.Type

/** The publisher's spool (docs/operations/spool.md). */
const SpoolMessage = Schema.Struct({
  /** Ticks are written to disk first, because the broker is away or slow. */
  engaged: Schema.Boolean,
  ticks: Schema.Int,
  bytes: Schema.Int,
  bound_bytes: Schema.Int,
  /** Age of the oldest tick in it; 0 without one. */
  oldest_ms: Schema.Number,
  /** Spooled by a previous run and stored by this one: not part of `received` and `published`. */
  recovered: Schema.Int,
  /** Dropped because of the size limit (policy drop-oldest) or damage. */
  dropped: Schema.Int,
  /**
   * Left by a previous run and set aside, because another writer used the stream since. An older daemon does not send
   * it.
   */
  superseded: Schema.optionalKey(Schema.Int),
  /** Bytes behind the last whole record of damaged segments. */
  cut_bytes: Schema.Int,
  errors: Schema.Int,
  /** Why it cannot be written now. */
  trouble: Schema.NullOr(Schema.String)
})
export type SpoolMessage = typeof SpoolMessage.Type

/**
 * Ticks that a previous run left in a spool which this daemon, without a spool, does not send; as found at its start.
 */
const SpoolUnusedMessage = Schema.Struct({ folder: Schema.String, ticks: Schema.Int, bytes: Schema.Int })
export type SpoolUnusedMessage = typeof SpoolUnusedMessage.Type

/**
 * A part of the daemon that has failed and is retried (docs/reference/causes.md). `blocks`: no ticks flow without it.
 */
const WaitingMessage = Schema.Struct({
  part: Schema.String,
  blocks: Schema.Boolean,
  code: Schema.String,
  message: Schema.String,
  since: Schema.String,
  attempts: Schema.Int
})

const SessionMessage = Schema.Struct({
  feed: Schema.String,
  account: Schema.String,
  /** Only with two feeds. `standby`: ready to take over at once; `off`: of a cold pair, without a login. */
  role: Schema.optionalKey(Schema.Literals(["active", "standby", "off"])),
  state: Schema.String,
  since: Schema.String,
  attempts: Schema.Int,
  trading_day: Schema.NullOr(Schema.String),
  last_error: Schema.NullOr(Schema.String),
  api_version: Schema.String,
  worker_pid: Schema.Int,
  /** `missing`: wanted and not acknowledged, including rejected ones. An older daemon sends the first three only. */
  subscriptions: Schema.Struct({
    wanted: Schema.Int,
    acknowledged: Schema.Int,
    rejected: Schema.Int,
    missing: Schema.optionalKey(Schema.Int),
    /** Acknowledged ones with a tick in this session, or with the snapshot that follows a subscription. */
    ticking: Schema.optionalKey(Schema.Int),
    /** Instruments that should tick and do not; how long the whole feed has been silent beyond its rhythm. */
    stalled: Schema.optionalKey(Schema.Int),
    /** Main contracts among them: the future of a product with the largest volume. An older daemon does not send it. */
    stalled_main: Schema.optionalKey(Schema.Int),
    silent_ms: Schema.optionalKey(Schema.Int),
    late_ms: Schema.optionalKey(Schema.Int),
    /** Repairs without effect that were escalated. */
    escalations: Schema.optionalKey(Schema.Int),
    /** Current rate of requests to the front, instruments a second: below the limit while it did not keep up. */
    per_second: Schema.optionalKey(Schema.Int),
    /** Number of requests that each limit held back, by its name. */
    rate_limit_hits: Schema.optionalKey(Counts)
  })
})

/** State of one machine; `transitions` counts the events that it processed. */
const MachineMessage = Schema.Struct({
  actor: Schema.String,
  state: Schema.String,
  since: Schema.String,
  last_event: Schema.String,
  transitions: Schema.Int
})

const ChildMessage = Schema.Struct({
  path: Schema.String,
  state: Schema.String,
  since: Schema.String,
  restarts: Schema.Int,
  last_reason: Schema.NullOr(Schema.String)
})

/**
 * A restart, or a supervisor that gave up, with its cause chain: what ended and how, its state, and the consequence.
 */
const RestartMessage = Schema.Struct({
  at: Schema.String,
  path: Schema.String,
  how: Schema.String,
  reason: Schema.String,
  /** From the child where it began upwards, one line for each supervisor; empty when it began with this one. */
  chain: Schema.Array(Schema.String),
  last_state: Schema.String,
  served_ms: Schema.Int,
  /** Within the period, including this one; for a child without a limit, in this run. */
  restarts: Schema.Int,
  /** 0: no limit. */
  restarts_max: Schema.Int,
  period_ms: Schema.Int,
  next: Schema.String
})
export type RestartMessage = typeof RestartMessage.Type

/** Stalls of the event loop of 250 ms and more. */
const EventLoopMessage = Schema.Struct({
  stalls: Schema.Int,
  longest_ms: Schema.Number,
  /** The longest of the last minute. */
  recent_ms: Schema.Number
})

/**
 * Answer to `md.ctl.<instance>.status` and `GET /status`.
 * Shape: times are ISO 8601 in Asia/Shanghai, ages and latencies milliseconds, counts ticks.
 */
export const StatusMessage = Schema.Struct({
  version: Schema.Literal(1),
  instance: Schema.String,
  /** Of tickd. An older daemon does not send it. */
  tickd_version: Schema.optionalKey(Schema.String),
  pid: Schema.Int,
  ready: Schema.Boolean,
  /** Why it is not ready; empty when it is. */
  reasons: Schema.Array(Schema.String),
  /** Configured feeds, the healthy ones, and the faults of the others. An older daemon does not send it. */
  feeds: Schema.optionalKey(
    Schema.Struct({ meant: Schema.Int, sound: Schema.Int, troubled: Schema.Array(Schema.String) })
  ),
  /** An older daemon does not send it. */
  waiting: Schema.optionalKey(Schema.Array(WaitingMessage)),
  uptime_ms: Schema.Int,
  restarts: Schema.Int,
  ticks_per_second: Schema.Number,
  latency_ms: Schema.Struct({ p50: Schema.NullOr(Schema.Number), p99: Schema.NullOr(Schema.Number) }),
  queue: Schema.Struct({
    depth: Schema.Int,
    capacity: Schema.Int,
    /** Policy of a full queue. An older daemon does not send it. */
    policy: Schema.optionalKey(Schema.String),
    high_water: Schema.Int,
    oldest_ms: Schema.Number
  }),
  broker: Schema.Struct({
    link: Schema.String,
    url: Schema.String,
    stream: Schema.String,
    resent: Schema.Int,
    errors: Schema.Int,
    reconnects: Schema.Int,
    foreign_writes: Schema.Int,
    oldest_unacked_ms: Schema.Number,
    /**
     * Epoch of this writer, null before the first; `fenced`: the writer that took the stream over. An older daemon
     * sends neither.
     */
    epoch: Schema.optionalKey(Schema.NullOr(Schema.Int)),
    fenced: Schema.optionalKey(Schema.String)
  }),
  ledger: Schema.Array(LedgerMessage),
  /** Ticks on disk, with a spool only. They are part of `in_flight_at.publisher`, except those of a previous run. */
  spool: Schema.optionalKey(SpoolMessage),
  spool_unused: Schema.optionalKey(SpoolUnusedMessage),
  /** Quarantined ticks, gaps and certificates on their way to their streams. */
  /** `omitted`: quarantined ticks without a message, because their reason had too many. */
  integrity: Schema.optionalKey(
    Schema.Struct({
      waiting: Schema.Int,
      stored: Schema.Int,
      dropped: Schema.Int,
      omitted: Schema.optionalKey(Schema.Int)
    })
  ),
  /** With two feeds only. */
  failover: Schema.optionalKey(FailoverMessage),
  sessions: Schema.Array(SessionMessage),
  machines: Schema.Array(MachineMessage),
  tree: Schema.Array(ChildMessage),
  /** The newest last. An older daemon does not send these two. */
  restart_history: Schema.optionalKey(Schema.Array(RestartMessage)),
  event_loop: Schema.optionalKey(EventLoopMessage)
})
export type StatusMessage = typeof StatusMessage.Type

/** Subject on which the daemon `instance` answers the verb `verb`. */
export const controlSubject = (instance: string, verb: string): string => `md.ctl.${instance}.${verb}`
