/** The words of an order, as the reference platform and Alpaca spell them. */
export const sides = ["buy", "sell"] as const
export type Side = (typeof sides)[number]

export const orderTypes = ["market", "limit", "stop", "stop_limit"] as const
export type OrderType = (typeof orderTypes)[number]

export const timesInForce = ["day", "gtc", "ioc", "fok"] as const
export type TimeInForce = (typeof timesInForce)[number]

/**
 * Where an order stands.
 * - Of tickd: `pending_new` (the intent is stored), `submitted` (the POST has left), `submitted_unconfirmed` (its
 *   outcome is not known), `failed` (never arrived), `dry_run`.
 * - Of the venue: the others. `unknown` is a status that this program does not know; the order counts as working.
 */
export const orderStatuses = [
  "pending_new",
  "submitted",
  "submitted_unconfirmed",
  "new",
  "accepted",
  "held",
  "partially_filled",
  "pending_cancel",
  "pending_replace",
  "calculated",
  "stopped",
  "suspended",
  "done_for_day",
  "unknown",
  "filled",
  "canceled",
  "expired",
  "rejected",
  "failed",
  "dry_run"
] as const
export type OrderStatus = (typeof orderStatuses)[number]

/** No further execution is expected. A late execution still counts, and a bust or a late fact may leave the state. */
const terminal: ReadonlySet<string> = new Set<OrderStatus>([
  "filled",
  "canceled",
  "expired",
  "rejected",
  "failed",
  "dry_run"
])
export const isTerminal = (status: OrderStatus): boolean => terminal.has(status)

/** By which way a fact came. The lower number wins between facts of one instant. */
export const sourcePriority = {
  operator: 1,
  reconciliation: 2,
  rest: 3,
  stream: 4,
  sse: 5,
  webhook: 6
} as const
export type FactSource = keyof typeof sourcePriority
