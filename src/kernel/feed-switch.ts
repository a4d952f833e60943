/**
 * `hot`: both sessions are logged in and subscribed, a switch moves the label. `cold`: one session at a time, a switch
 * stops the one and starts the other.
 */
const feedModes = ["hot", "cold"] as const
export type FeedMode = (typeof feedModes)[number]

/** Who asked for a switch: an operator, the failover by itself, an exercise, or the repair ladder. */
const switchCauses = ["manual", "auto", "drill", "repair"] as const
export type SwitchCause = (typeof switchCauses)[number]

/**
 * How a switch ended. `committed`: a valid tick of the new feed came. `rolled_back`: none came in time, the old feed is
 * active as before. `cancelled`: nothing had to come, and somebody took the command back or the market closed.
 */
const switchResults = ["committed", "rolled_back", "cancelled"] as const
export type SwitchResult = (typeof switchResults)[number]

/** Why a switch is not begun. */
export type SwitchRefusal = "ALREADY_ACTIVE" | "FEED_NOT_HEALTHY" | "SWITCH_HELD" | "SWITCH_BUSY"

export interface SwitchAsk {
  readonly id: string
  readonly to: string
  readonly cause: SwitchCause
  /** Also to a feed that is not healthy, and while a hold is on. It commits on a tick like any other. */
  readonly force: boolean
}

/** One switch that ended. Times are epoch milliseconds. */
export interface SwitchRecord extends SwitchAsk {
  readonly from: string
  /** Away from the first feed, or back to it. */
  readonly kind: "failover" | "failback"
  readonly askedMs: number
  /** First valid tick of the new feed; undefined: none came. */
  readonly committedMs: number | undefined
  readonly endedMs: number
  /** From the last valid tick of the old feed to the first of the new one, 0 when they overlap; undefined: there is no such pair. */
  readonly gapMs: number | undefined
  readonly result: SwitchResult
  readonly why: string | undefined
}
