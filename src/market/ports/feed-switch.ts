import type { SwitchAsk, SwitchRecord, SwitchRefusal } from "../../kernel/feed-switch.ts"

/** What became of a command to switch. `stopped`: the failover stopped before the switch ended; the old feed is the active one. */
export type SwitchOutcome =
  | { readonly type: "ended"; readonly record: SwitchRecord }
  | { readonly type: "refused"; readonly code: SwitchRefusal }
  | { readonly type: "stopped" }

/**
 * Which of two feeds is active, for those who ask and command from outside.
 * Every implementation promises: `refusal` looks and changes nothing; a command is answered once, when its switch has ended.
 */
export interface FeedSwitch {
  /** The first feed and the second. */
  readonly feeds: readonly [string, string]
  readonly active: () => string
  /** Nobody switches by himself until the hold is released. */
  readonly isHeld: () => boolean
  /** False while the failover is being restarted, or has stopped. */
  readonly isRunning: () => boolean
  /** Why a switch would not be begun now. */
  readonly refusal: (ask: Omit<SwitchAsk, "id">) => SwitchRefusal | undefined
  readonly request: (ask: SwitchAsk) => Promise<SwitchOutcome>
  readonly hold: (held: boolean) => void
  /** Calls `listener` with each switch that ended. */
  readonly onRecord: (listener: (record: SwitchRecord) => void) => void
}
