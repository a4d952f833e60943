/**
 * Why ticks are missing, or may be.
 * `ring_overrun`: the daemon did not read in time. `broker_outage`: the same because the broker was away, or a stop
 * could not send them. `queue_overflow`: dropped by the queue's policy. `session_down`: no login on the front.
 * `feed_silent`: a healthy session without ticks in trading hours. `store_lost`: acknowledged ticks that were lost
 * with the stream's store; its times are those of the acknowledgements. `daemon_down`: no daemon ran between two
 * runs, and ticks in the memory of a killed run are lost. `superseded`: received while another writer had the stream,
 * and set aside; that writer may have stored the same ticks.
 */
export const gapCauses = [
  "ring_overrun",
  "queue_overflow",
  "session_down",
  "feed_silent",
  "broker_outage",
  "store_lost",
  "daemon_down",
  "superseded"
] as const
export type GapCause = (typeof gapCauses)[number]

/**
 * A time range of a feed in which ticks are missing or may be.
 * Identity: `id`, the same when it opens, grows and closes. Times are epoch milliseconds UTC by this host's clock:
 * the last tick before and the first tick after it. `instrument` undefined: the whole feed. `count`: ticks that are
 * certainly lost; undefined when unknown, because a front does not repeat ticks.
 */
export interface Gap {
  readonly id: string
  readonly feed: string
  readonly instrument: string | undefined
  readonly cause: GapCause
  readonly state: "open" | "closed"
  readonly fromMs: number
  /** Undefined while it is open. */
  readonly toMs: number | undefined
  readonly count: number | undefined
  /**
   * First and last sequence number that is in no message. The range may also contain quarantined, duplicate or
   * spooled ticks, and in a `queue_overflow` stored ones.
   */
  readonly seqs: readonly [first: number, last: number] | undefined
  /** Another feed received everything meanwhile: its ticks were published instead. */
  readonly coveredBy?: string | undefined
}
