import type { Effect } from "effect"

/**
 * The effects of a switch on the feeds. Every implementation promises: a call returns within its own time limit and
 * does not fail, and repeating it changes nothing.
 */
export interface FeedControl {
  /** `feed` becomes the active one and the other the standby: session roles and labels follow. */
  readonly activate: (feed: string) => void
  /** Starts the session of a cold feed; does not wait for the login. Never called in hot mode. */
  readonly startFeed: (feed: string) => Effect.Effect<void>
  /** Logs the session of a cold feed out and waits until it is stopped. Never called in hot mode. */
  readonly stopFeed: (feed: string) => Effect.Effect<void>
}
