/**
 * The states that decide whether orders may leave at all. `unknown`: missing, unreadable, or older than its heartbeat.
 * Unknown is closed.
 */
export type KillSwitchView =
  | { readonly state: "active" }
  /** `entries`: exits and cancels pass. `all`: only cancels pass. */
  | { readonly state: "engaged"; readonly scope: "entries" | "all"; readonly reason: string; readonly by: string }
  | { readonly state: "unknown"; readonly cause: string }

/** `open`: trading. `quietPeriod`: after a reset, exits only. The words are the reference's. */
export type BreakerView =
  | { readonly state: "open" }
  | { readonly state: "tripped"; readonly reason: TripReason; readonly details: string }
  | { readonly state: "quietPeriod"; readonly secondsLeft: number }
  | { readonly state: "unknown"; readonly cause: string }

/** Why a breaker trips. The first five are the reference's words. */
export const tripReasons = [
  "DAILY_LOSS_EXCEEDED",
  "MAX_DRAWDOWN",
  "DATA_STALE",
  "BROKER_ERRORS",
  "MANUAL",
  "REJECT_RATE",
  "ORDER_RATE",
  "RECONCILIATION_DIFFERENCE",
  "DATA_INVALID",
  "MONITOR_SILENT",
  "ACCOUNT_RESTRICTED"
] as const
export type TripReason = (typeof tripReasons)[number]

/** `closed`: positions are not known. `reducing`: known, and exits pass. `open`: the book agrees with the venue. */
export type ReconciliationView = "closed" | "reducing" | "open"

/**
 * Whether live trading is armed for the trading day of this moment. `dry`: nothing leaves, so that no arm is needed.
 */
export type ArmingView = { readonly state: "dry" | "armed" } | { readonly state: "notArmed"; readonly day: string }

/** What an order does to the position of its symbol, judged after all working exits. */
export type OrderKind = "entry" | "exit"
