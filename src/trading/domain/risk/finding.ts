import { BigDecimal } from "effect"
import { type Decimal, decimalText, zero } from "../../../kernel/decimal.ts"
import type { ProposalExposure } from "./exposure.ts"
import type { GateView, Proposal } from "./gate-view.ts"
import { warnShare } from "./limits.ts"
import type { OrderKind } from "./safety.ts"

/** Why the gate refuses. Stable: clients and alerts read them. */
export const gateCodes = [
  "NOT_ARMED",
  "KILL_SWITCH",
  "BREAKER",
  "RECONCILIATION",
  "STREAM_DOWN",
  "ACCOUNT_BLOCKED",
  "SYMBOL_QUARANTINED",
  "STRATEGY_STOPPED",
  "BLACKLISTED",
  "REDUCE_ONLY",
  "FLIP",
  "PRICE_MISSING",
  "PRICE_STALE",
  "PRICE_TAINTED",
  "PRICE_COLLAR",
  "FAT_FINGER_QUANTITY",
  "FAT_FINGER_NOTIONAL",
  "FAT_FINGER_ADV",
  "POSITION_QUANTITY",
  "POSITION_SHARE",
  "GROSS_NOTIONAL",
  "NET_NOTIONAL",
  "LONG_NOTIONAL",
  "SHORT_NOTIONAL",
  "BUYING_POWER",
  "DUPLICATE",
  "ORDER_RATE",
  "REPEATED_EXECUTION",
  "WASH_TRADE"
] as const
export type GateCode = (typeof gateCodes)[number]

/** What one check found. `message`: one sentence that names the value and the limit. */
export interface Finding {
  readonly code: GateCode
  readonly outcome: "pass" | "warn" | "refuse"
  readonly message: string
}

/** A pure function of one view: no clock, no store, no other check. */
export interface Check {
  readonly code: GateCode
  readonly judge: (view: GateView, proposal: Proposal, exposure: ProposalExposure) => Omit<Finding, "code">
}

export const pass: Omit<Finding, "code"> = { outcome: "pass", message: "" }
export const refuse = (message: string): Omit<Finding, "code"> => ({ outcome: "refuse", message })
export const warn = (message: string): Omit<Finding, "code"> => ({ outcome: "warn", message })

/** What would refuse an entry, and is only reported for an exit: being unable to leave is the larger risk. */
export const refuseEntry = (kind: OrderKind, message: string): Omit<Finding, "code"> =>
  kind === "entry" ? refuse(message) : warn(message)

const one = BigDecimal.make(1n, 0)

/** Strictly above the limit refuses; from 80 % on it warns. `name`: what is measured, with its unit. */
export const within = (name: string, value: Decimal, limit: Decimal): Omit<Finding, "code"> =>
  shareWithin(name, value, one, limit)

/** `part` of `whole`, which is above 0. Compared without a division, and a text is only made of what is reported. */
export const shareWithin = (name: string, part: Decimal, whole: Decimal, limit: Decimal): Omit<Finding, "code"> => {
  const most = whole === one ? limit : BigDecimal.multiply(limit, whole)
  const refused = BigDecimal.isGreaterThan(part, most)
  const warnFrom = BigDecimal.multiply(most, warnShare)
  if (!refused && !(BigDecimal.isPositive(part) && BigDecimal.isGreaterThanOrEqualTo(part, warnFrom))) return pass
  const value = whole === one ? part : BigDecimal.divideUnsafe(part, whole)
  const text = `${name} ${decimalText(BigDecimal.round(value, { scale: 4 }))}, limit ${decimalText(limit)}`
  return refused ? refuse(`${text}: above it`) : warn(`${text}: 80 % used`)
}

export const magnitude = (value: Decimal): Decimal =>
  BigDecimal.isLessThan(value, zero) ? BigDecimal.negate(value) : value
