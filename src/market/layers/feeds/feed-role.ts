import type { SessionRequest } from "../../../../actors/market/session-actor.ts"

type Role = "MADE_ACTIVE" | "MADE_STANDBY"

/**
 * The way to the session of one feed, and whether it is the one that the daemon's labels name; the session shows it.
 */
export interface FeedRole {
  /** Reaches the session while there is one. */
  readonly ask: (request: SessionRequest) => void
  readonly onMailbox: (entrance: (request: SessionRequest) => void) => void
  readonly setRole: (made: Role) => void
}

export const makeFeedRole = (): FeedRole => {
  let session: (request: SessionRequest) => void = () => undefined
  let role: Role | undefined
  return {
    ask: (request) => session(request),
    onMailbox: (entrance) => {
      session = entrance
      // A session that begins anew takes itself for the active one.
      if (role !== undefined) entrance({ type: role })
    },
    setRole: (made) => {
      if (made === role) return
      role = made
      session({ type: made })
    }
  }
}
