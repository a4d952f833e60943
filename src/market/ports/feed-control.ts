import type { Effect } from "effect"

/**
 * What a switch does to the feeds. Every implementation promises: a call returns within a bound of its own and does not
 * fail, and repeating it changes nothing.
 */
export interface FeedControl {
  /** `feed` is the active one from now on, the other is the standby: roles of the sessions and labels follow. */
  readonly activate: (feed: string) => void
  /** Brings the session of a cold feed up; does not wait until it is logged in. Never called in hot mode. */
  readonly startFeed: (feed: string) => Effect.Effect<void>
  /** Logs the session of a cold feed out and waits until it is stopped. Never called in hot mode. */
  readonly stopFeed: (feed: string) => Effect.Effect<void>
}
