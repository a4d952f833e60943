/**
 * Why ticks are missing, or may be.
 * `ring_overrun`: the daemon did not read in time. `broker_outage`: the same because the broker was away, or what a stop
 * could not hand over any more. `queue_overflow`: given up by the queue's policy. `session_down`: no login on the front.
 * `feed_silent`: a session without a fault that brings nothing in trading hours. `store_lost`: ticks that the stream had
 * acknowledged and that went with its store; its times are those of the acknowledgements. `daemon_down`: nobody listened
 * between two runs of the daemon, and what the former had in memory when it was killed went with it. `superseded`: received by
 * a daemon that had lost the stream to another writer, and set aside; that writer may have stored the same ticks.
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
 * A stretch of a feed in which ticks are missing or may be.
 * Identity: `id`, the same when it opens, grows and closes. Times are epoch milliseconds UTC by this host's clock: the
 * last tick before and the first tick after it. `instrument` undefined: all of the feed. `count`: ticks lost for sure,
 * undefined when nobody can know, since a front does not send again what passed while nobody listened.
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
   * First and last sequence number that is in no message. Between them may also lie ticks that were set aside, repeated
   * others or wait in the spool, and in a `queue_overflow` such as were stored.
   */
  readonly seqs: readonly [first: number, last: number] | undefined
  /** Another feed that stood all through it: what is missing of this one was published from that. */
  readonly coveredBy?: string | undefined
}
