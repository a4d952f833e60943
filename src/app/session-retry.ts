import type { Registry } from "../../actors/registry.ts"
import type { FeedParts } from "./feed-parts.ts"

/** States of a session in which it waits for time, or for an operator. */
const waits: ReadonlySet<string> = new Set(["rejected", "failed", "backingOff", "resting"])

/** `Operations.retrySession` over the sessions of the daemon. */
export const makeRetry =
  (feeds: ReadonlyArray<Pick<FeedParts, "feed" | "ask" | "gate">>, registry: Pick<Registry, "actor">) =>
  (feed: string): void => {
    const parts = feeds.find((each) => each.feed === feed)
    const state = registry.actor(`session-${feed}`)?.state
    if (parts === undefined || !parts.gate.isOpen()) {
      throw new Error(
        `The feed ${feed} is held back: make it the active one with 'tickd failover' or 'tickd failback'.`
      )
    }
    if (state === undefined || !waits.has(state)) {
      throw new Error(
        state === undefined
          ? `The feed ${feed} has no session yet: its worker has not started, see 'tickd status'.`
          : `The session of ${feed} is ${state}: only one that waits, is rejected or failed can try again.`
      )
    }
    parts.ask({ type: "RETRY_ASKED" })
  }
