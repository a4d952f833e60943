/**
 * `hot`: both sessions are logged in and subscribed, and a switch moves the label. `cold`: one session at a time, and
 * a switch stops one and starts the other.
 */
const feedModes = ["hot", "cold"] as const
export type FeedMode = (typeof feedModes)[number]

/** Origin of a switch: an operator, the failover itself, a drill, or the repair ladder. */
const switchCauses = ["manual", "auto", "drill", "repair"] as const
export type SwitchCause = (typeof switchCauses)[number]

/**
 * Result of a switch. `committed`: a valid tick of the new feed arrived. `rolled_back`: none arrived in time, and the
 * old feed is active again. `cancelled`: no tick was expected, and the command was cancelled or the market closed.
 */
const switchResults = ["committed", "rolled_back", "cancelled"] as const
export type SwitchResult = (typeof switchResults)[number]

/** Why a switch is refused. */
export type SwitchRefusal = "ALREADY_ACTIVE" | "FEED_NOT_HEALTHY" | "SWITCH_HELD" | "SWITCH_BUSY"

export interface SwitchAsk {
  readonly id: string
  readonly to: string
  readonly cause: SwitchCause
  /** Switches also to an unhealthy feed and during a hold. Still commits only on a tick. */
  readonly force: boolean
}

/** One finished switch. Times are epoch milliseconds. */
export interface SwitchRecord extends SwitchAsk {
  readonly from: string
  /** Away from the first feed, or back to it. */
  readonly kind: "failover" | "failback"
  readonly askedMs: number
  /** First valid tick of the new feed; undefined: none arrived. */
  readonly committedMs: number | undefined
  readonly endedMs: number
  /**
   * Time from the last valid tick of the old feed to the first of the new one; 0 when they overlap; undefined: no
   * such pair.
   */
  readonly gapMs: number | undefined
  readonly result: SwitchResult
  readonly why: string | undefined
}
