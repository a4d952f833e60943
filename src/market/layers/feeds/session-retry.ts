import { Effect } from "effect"
import type { DaemonStates, SessionState } from "../../../../actors/market/daemon-states.ts"
import type { FrontProfile } from "../../config/ctp-login-variables.ts"
import { OperationRefused } from "../../ports/operations.ts"
import type { FeedParts } from "./feed-line.ts"

/** States of a session in which it waits for time, or for an operator. */
const waits: ReadonlySet<SessionState["state"]> = new Set(["rejected", "failed", "backingOff", "resting"])

/** Which password a retry goes with; for the operator who has just changed it. */
export const passwordText = ({ feed, password }: Pick<FrontProfile, "feed" | "password">): string => {
  if (password.isHeldBack) return "the former password: the login with the one that its file holds has failed"
  const name = `CTP_${feed.toUpperCase()}_PASSWORD`
  return password.isFile
    ? "the password that its file holds"
    : `the password of the daemon's start: a changed ${name} needs a restart, ${name}_FILE none`
}

/** `Operations.retrySession` over the sessions of the daemon. */
export const makeRetry =
  (
    feeds: ReadonlyArray<Pick<FeedParts, "feed" | "ask" | "gate" | "profile">>,
    states: Pick<DaemonStates, "sessions">
  ) =>
  (feed: string): Effect.Effect<string, OperationRefused> =>
    Effect.suspend(() => {
      const refuse = (message: string) => Effect.fail(new OperationRefused({ message }))
      const parts = feeds.find((each) => each.feed === feed)
      const state = states.sessions.get(feed)?.state
      if (parts === undefined || !parts.gate.isOpen()) {
        return refuse(
          `The feed ${feed} is held back: make it the active one with 'tickd failover' or 'tickd failback'.`
        )
      }
      if (state === undefined) {
        return refuse(`The feed ${feed} has no session yet: its worker has not started, see 'tickd status'.`)
      }
      if (!waits.has(state)) {
        return refuse(`The session of ${feed} is ${state}: only one that waits, is rejected or failed can try again.`)
      }
      parts.ask({ type: "RETRY_ASKED" })
      return Effect.succeed(passwordText(parts.profile))
    })
