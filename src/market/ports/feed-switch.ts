import type { Effect } from "effect"
import type { SwitchAsk, SwitchRecord, SwitchRefusal } from "../../kernel/feed-switch.ts"

/** Result of a switch. `stopped`: the failover stopped before the switch ended; the old feed stays active. */
export type SwitchOutcome =
  | { readonly type: "ended"; readonly record: SwitchRecord }
  | { readonly type: "refused"; readonly code: SwitchRefusal }
  | { readonly type: "stopped" }

/**
 * The active one of two feeds, for queries and commands from outside. Every implementation promises: `refusal`
 * changes nothing; a command is answered once, when its switch has ended.
 */
export interface FeedSwitch {
  /** The first and the second feed. */
  readonly feeds: readonly [string, string]
  readonly active: () => string
  /** True: no automatic switch until the hold is released. */
  readonly isHeld: () => boolean
  /** False while the failover is being restarted, or has stopped. */
  readonly isRunning: () => boolean
  /** Why a switch would be refused now; undefined: it would start. */
  readonly refusal: (ask: Omit<SwitchAsk, "id">) => SwitchRefusal | undefined
  /** Requests the switch now. The effect waits for its end; a caller that does not wait need not run it. */
  readonly request: (ask: SwitchAsk) => Effect.Effect<SwitchOutcome>
  readonly hold: (held: boolean) => void
}
