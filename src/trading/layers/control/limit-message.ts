import { BigDecimal } from "effect"
import { type Decimal, decimalText, parseDecimal } from "../../../kernel/decimal.ts"
import type {
  FatFingerChangeRequest,
  LimitsChangeRequest,
  LimitsHistoryReply,
  LimitsMessage
} from "../../../protocol/trading/limit-messages.ts"
import { limitsOf } from "../../application/limits/limits-text.ts"
import type { FatFinger, Limits } from "../../domain/risk/limits.ts"
import { utcText } from "./words.ts"

/** Names on the wire and in the domain. A limit that is missing here does not compile in `limitsMessage`. */
const names = {
  fat_finger_notional: "fatFingerNotional",
  fat_finger_qty: "fatFingerQuantity",
  fat_finger_adv_share: "fatFingerAdvShare",
  quote_age_ms_max: "quoteAgeMsMax",
  price_collar_share: "priceCollarShare",
  position_qty: "positionQuantity",
  position_share: "positionShare",
  gross_notional: "grossNotional",
  net_notional: "netNotional",
  long_notional: "longNotional",
  short_notional: "shortNotional",
  blacklist: "blacklist",
  duplicate_window_ms: "duplicateWindowMs",
  orders_per_minute: "ordersPerMinute",
  repeated_executions: "repeatedExecutions",
  repeated_window_ms: "repeatedWindowMs"
} as const satisfies Record<keyof LimitsMessage, keyof Limits>
const wireNames = Object.keys(names) as ReadonlyArray<keyof LimitsMessage>

const wireValue = (value: Limits[keyof Limits]): unknown =>
  BigDecimal.isBigDecimal(value) ? decimalText(value) : value instanceof Set ? [...value].sort() : value

export const limitsMessage = (limits: Limits): LimitsMessage =>
  Object.fromEntries(wireNames.map((name) => [name, wireValue(limits[names[name]])])) as unknown as LimitsMessage

/** Names of the limits, and `symbol_overrides`, that differ. */
export const changedNames = (before: Limits, after: Limits): ReadonlyArray<string> => {
  const text = (limits: Limits, name: keyof LimitsMessage) => JSON.stringify(wireValue(limits[names[name]]))
  const overrides = (limits: Limits) => JSON.stringify(overridesMessage(limits))
  return [
    ...wireNames.filter((name) => text(before, name) !== text(after, name)),
    ...(overrides(before) === overrides(after) ? [] : ["symbol_overrides"])
  ]
}

/** The schema has checked that it is one. */
const decimalOf = (text: string): Decimal => parseDecimal(text) as Decimal

/** The limits after a change: what the request does not name stays. */
export const withChange = (now: Limits, request: LimitsChangeRequest): Limits => {
  const next: Record<string, unknown> = { ...now }
  for (const name of wireNames) {
    const value = request[name]
    if (value === undefined) continue
    next[names[name]] = typeof value === "string" ? decimalOf(value) : Array.isArray(value) ? new Set(value) : value
  }
  return next as unknown as Limits
}

export const namesOfChange = (request: LimitsChangeRequest): ReadonlyArray<string> =>
  wireNames.filter((name) => request[name] !== undefined)

/** Fat-finger thresholds have names of their own in the reference. */
const thresholdNames = {
  max_notional: "fatFingerNotional",
  max_qty: "fatFingerQuantity",
  max_adv_pct: "fatFingerAdvShare"
} as const
type Thresholds = { readonly [Name in keyof typeof thresholdNames]?: string }
const thresholds = Object.entries(thresholdNames) as ReadonlyArray<readonly [keyof Thresholds, keyof FatFinger]>

const thresholdsMessage = (limits: FatFinger): Thresholds =>
  Object.fromEntries(
    thresholds.flatMap(([name, own]) => {
      const value = limits[own]
      return value === undefined ? [] : [[name, decimalText(value)]]
    })
  )
const fatFingerOf = (change: Thresholds): FatFinger =>
  Object.fromEntries(
    thresholds.flatMap(([name, own]) => {
      const value = change[name]
      return value === undefined ? [] : [[own, decimalOf(value)]]
    })
  )

export const overridesMessage = (limits: Limits): Record<string, Thresholds> =>
  Object.fromEntries(
    [...limits.symbols].sort(([a], [b]) => (a < b ? -1 : 1)).map(([symbol, own]) => [symbol, thresholdsMessage(own)])
  )

export const fatFingerMessage = (limits: Limits, updatedAt: string | null) => ({
  default_thresholds: thresholdsMessage(limits) as Required<Thresholds>,
  symbol_overrides: overridesMessage(limits),
  limits_version: limits.version,
  updated_at: updatedAt
})

export const withThresholds = (now: Limits, request: FatFingerChangeRequest): Limits => {
  const symbols = new Map(now.symbols)
  for (const [symbol, change] of Object.entries(request.symbol_overrides ?? {})) {
    if (change === null || Object.keys(change).length === 0) symbols.delete(symbol)
    else symbols.set(symbol, fatFingerOf(change))
  }
  return { ...now, ...fatFingerOf(request.default_thresholds ?? {}), symbols }
}

/** A row of the journal. */
export interface LimitRow {
  readonly at: string
  readonly act: string
  readonly by: string
  readonly reason: string
  readonly strategyId: string | null
  readonly limits: Limits
}

/** Undefined: not a row of this journal, or one of another version. */
export const limitRow = (body: string): LimitRow | undefined => {
  try {
    const { act, atMs, by, limits, reason, strategyId } = JSON.parse(body)
    return { at: utcText(Number(atMs)), act, by, reason, strategyId: strategyId ?? null, limits: limitsOf(limits) }
  } catch {
    return undefined
  }
}

/** `before`: the limits of the row before, those of the configuration for the first. */
export const historyEntry = (row: LimitRow, before: Limits): LimitsHistoryReply["entries"][number] => ({
  at: row.at,
  act: row.act,
  by: row.by,
  reason: row.reason,
  strategy_id: row.strategyId,
  limits_version: row.limits.version,
  changed: changedNames(before, row.limits)
})
