import { Schema } from "effect"
import { FailoverMessage } from "./failover.ts"

const Counts = Schema.Record(Schema.String, Schema.Int)

/**
 * The account of one feed, in ticks:
 * `received = published + duplicate + quarantined_total + conflated + dropped_total + in_flight + spooled`.
 * `flagged` counts published ticks by the law they break (docs/reference/laws.md); it is no column of the account.
 * `balanced` says that this holds and that the producer's own counters agree.
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
  /** Exchange time minus the host's clock where ticks show that they differ by more than a minute; 0: they agree. */
  clock_offset_ms: Schema.optionalKey(Schema.Int),
  /** Exceptions that were caught, by step: judging a tick, what is kept about it, writing its message. */
  exceptions: Schema.optionalKey(Schema.Record(Schema.String, Schema.Int)),
  /** Left on disk at a stop, for the next start to store; 0 while the daemon runs. An older daemon does not send it. */
  spooled: Schema.optionalKey(Schema.Int),
  balanced: Schema.Boolean
})
export type LedgerMessage = typeof LedgerMessage.Type

/** The publisher's spool (docs/operations/spool.md). */
const SpoolMessage = Schema.Struct({
  /** Ticks go to the disk first, because the broker is away or slow. */
  engaged: Schema.Boolean,
  ticks: Schema.Int,
  bytes: Schema.Int,
  bound_bytes: Schema.Int,
  /** Age of the oldest tick in it; 0 without one. */
  oldest_ms: Schema.Number,
  /** Spooled by an earlier run and stored by this one: no part of `received` and `published`. */
  recovered: Schema.Int,
  /** Given up by the bound (policy drop-oldest) or by damage. */
  dropped: Schema.Int,
  /** Left by an earlier run and set aside, because another writer had the stream since; absent from daemons of before. */
  superseded: Schema.optionalKey(Schema.Int),
  /** Bytes behind the last whole record of damaged segments. */
  cut_bytes: Schema.Int,
  errors: Schema.Int,
  /** Why it cannot be written now. */
  trouble: Schema.NullOr(Schema.String)
})
export type SpoolMessage = typeof SpoolMessage.Type

/** Ticks that an earlier run left in a spool which this daemon, without a spool, does not send; as found at its start. */
const SpoolUnusedMessage = Schema.Struct({ folder: Schema.String, ticks: Schema.Int, bytes: Schema.Int })
export type SpoolUnusedMessage = typeof SpoolUnusedMessage.Type

/** A part of the daemon that does not work now and is tried again (docs/reference/causes.md). `blocks`: ticks do not flow without it. */
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
  /** Where there are two feeds. `standby`: ready to take over at once; `off`: of a cold pair, without a login. */
  role: Schema.optionalKey(Schema.Literals(["active", "standby", "off"])),
  state: Schema.String,
  since: Schema.String,
  attempts: Schema.Int,
  trading_day: Schema.NullOr(Schema.String),
  last_error: Schema.NullOr(Schema.String),
  api_version: Schema.String,
  worker_pid: Schema.Int,
  /** `missing`: wanted and not acknowledged, the rejected ones included. An older daemon sends the first three only. */
  subscriptions: Schema.Struct({
    wanted: Schema.Int,
    acknowledged: Schema.Int,
    rejected: Schema.Int,
    missing: Schema.optionalKey(Schema.Int),
    /** Acknowledged ones with a tick, or the snapshot that follows a subscription, in this session. */
    ticking: Schema.optionalKey(Schema.Int),
    /** Instruments that should tick and do not; how long the whole feed has been silent against its rhythm. */
    stalled: Schema.optionalKey(Schema.Int),
    silent_ms: Schema.optionalKey(Schema.Int),
    late_ms: Schema.optionalKey(Schema.Int),
    /** Repairs that helped nothing and were told. */
    escalations: Schema.optionalKey(Schema.Int),
    /** Instruments that the front is asked for within any second now: less than the limit while it did not keep up. */
    per_second: Schema.optionalKey(Schema.Int),
    /** How often a limit held a request back, by its name. */
    rate_limit_hits: Schema.optionalKey(Counts)
  })
})

/** How one machine stands; `transitions` counts the events it took. */
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

/** A restart, or a giving up, with its cause chain: what ended and how, where it stood, and what followed. */
const RestartMessage = Schema.Struct({
  at: Schema.String,
  path: Schema.String,
  how: Schema.String,
  reason: Schema.String,
  /** From the child that began it up, one line a supervisor; empty when it began with this one. */
  chain: Schema.Array(Schema.String),
  last_state: Schema.String,
  served_ms: Schema.Int,
  /** Within the period, this one included; of a child without a limit, in this life. */
  restarts: Schema.Int,
  /** 0: no limit. */
  restarts_max: Schema.Int,
  period_ms: Schema.Int,
  next: Schema.String
})
export type RestartMessage = typeof RestartMessage.Type

/** Stretches of 250 ms and more in which the event loop did not turn. */
const EventLoopMessage = Schema.Struct({
  stalls: Schema.Int,
  longest_ms: Schema.Number,
  /** The longest of the last minute. */
  recent_ms: Schema.Number
})
export type EventLoopMessage = typeof EventLoopMessage.Type

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
  /** Feeds that are to run, those of them that are sound, and what ails the others. An older daemon does not send it. */
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
    /** What gives way when it is full. An older daemon does not send it. */
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
    /** Epoch of this writer, null before it has one; `fenced`: who took the stream over. An older daemon sends neither. */
    epoch: Schema.optionalKey(Schema.NullOr(Schema.Int)),
    fenced: Schema.optionalKey(Schema.String)
  }),
  ledger: Schema.Array(LedgerMessage),
  /** Ticks on disk, where there is a spool. They are part of `in_flight_at.publisher`, but for those of an earlier run. */
  spool: Schema.optionalKey(SpoolMessage),
  spool_unused: Schema.optionalKey(SpoolUnusedMessage),
  /** Quarantined ticks, gaps and certificates on their way to their streams. */
  /** `omitted`: quarantined ticks without a message of their own, since too many of their reason came. */
  integrity: Schema.optionalKey(
    Schema.Struct({
      waiting: Schema.Int,
      stored: Schema.Int,
      dropped: Schema.Int,
      omitted: Schema.optionalKey(Schema.Int)
    })
  ),
  /** Where there are two feeds. */
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
