import type { SessionRequest } from "../../../../actors/market/session-actor.ts"

type Role = "MADE_ACTIVE" | "MADE_STANDBY"

/** The way to the session of one feed, and whether it is the one that the daemon's labels name; the session shows it. */
export const makeFeedRole = () => {
  let session: (request: SessionRequest) => void = () => undefined
  let role: Role | undefined
  return {
    /** Reaches the session while there is one. */
    ask: (request: SessionRequest) => session(request),
    onMailbox: (entrance: (request: SessionRequest) => void) => {
      session = entrance
      // A session that begins anew takes itself for the active one.
      if (role !== undefined) entrance({ type: role })
    },
    setRole: (made: Role) => {
      if (made === role) return
      role = made
      session({ type: made })
    }
  }
}
