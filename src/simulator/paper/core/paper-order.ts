import { BigDecimal } from "effect"
import { type Decimal, decimalText, zero } from "../../../kernel/decimal.ts"
import { type InstantNs, instantText } from "../../../kernel/time/utc-instant.ts"
import { type PriceUnits, ratio } from "./amount.ts"

export type PaperSide = "buy" | "sell"
export type PaperType = "market" | "limit" | "stop" | "stop_limit"
export type PaperTif = "day" | "gtc" | "ioc" | "fok" | "opg" | "cls"
export type PaperStatus =
  | "new"
  | "accepted"
  | "pending_new"
  | "partially_filled"
  | "filled"
  | "done_for_day"
  | "canceled"
  | "expired"
  | "replaced"
  | "pending_cancel"
  | "pending_replace"
  | "rejected"

const finalStatuses: ReadonlySet<string> = new Set(["filled", "canceled", "expired", "rejected", "replaced"])
/** An order in one of these can be executed. */
const workingStatuses: ReadonlySet<string> = new Set(["new", "partially_filled", "pending_cancel", "pending_replace"])

/** What a caller may ask for, read and checked for its own sense. */
export interface OrderAsk {
  readonly symbol: string
  readonly side: PaperSide
  readonly type: PaperType
  readonly timeInForce: PaperTif
  readonly quantity: Decimal | undefined
  readonly notional: Decimal | undefined
  readonly limitPrice: Decimal | undefined
  readonly stopPrice: Decimal | undefined
  readonly limitUnits: PriceUnits | undefined
  readonly stopUnits: PriceUnits | undefined
  readonly extendedHours: boolean
  readonly clientOrderId: string | undefined
  readonly orderClass: "" | "simple"
  readonly positionIntent: string | undefined
}

export interface PaperOrder {
  /** A replacement that takes what is left gets its quantity when the replacement is decided. */
  ask: OrderAsk
  readonly id: string
  readonly clientOrderId: string
  readonly assetId: string
  /** Position of the order in the venue's sequence of submissions. */
  readonly sequence: number
  readonly createdAt: InstantNs
  submittedAt: InstantNs
  updatedAt: InstantNs
  filledAt?: InstantNs
  expiredAt?: InstantNs
  canceledAt?: InstantNs
  failedAt?: InstantNs
  replacedAt?: InstantNs
  readonly expiresAt: InstantNs
  replacedBy?: string
  readonly replaces?: string
  status: PaperStatus
  /** The status that a cancel or a replacement that fails goes back to is derived from the fills. */
  filledQuantity: Decimal
  /** Exact sum of price × quantity over the executions that count. */
  filledCost: Decimal
  executions: number
  /** Shares of a notional order, fixed by its first execution. */
  target: Decimal | undefined
  /** A stop whose price was reached. */
  triggered: boolean
  /** Not executed again before: the rest of a partial execution. */
  notBefore: InstantNs
  /** Buying power that one share holds; 0 for an order that closes. */
  readonly reservePrice: Decimal
  reserved: Decimal
  /** Overrides the status in answers: a status that clients do not know. */
  shownStatus?: string
  readonly source?: string
}

export const isFinal = (order: PaperOrder): boolean => finalStatuses.has(order.status)
export const isWorking = (order: PaperOrder): boolean => workingStatuses.has(order.status)

/** Shares that are left, for a notional order that has not begun: `undefined`. */
export const remainingOf = (order: PaperOrder): Decimal | undefined => {
  const total = order.ask.quantity ?? order.target
  return total === undefined ? undefined : BigDecimal.subtract(total, order.filledQuantity)
}

const averagePriceOf = (order: PaperOrder): Decimal | undefined =>
  BigDecimal.isZero(order.filledQuantity) ? undefined : ratio(order.filledCost, order.filledQuantity, 6)

const time = (at: InstantNs | undefined) => (at === undefined ? null : instantText(at))
const number = (value: Decimal | undefined) => (value === undefined ? null : decimalText(value))

/** The order as Alpaca answers it: strings for numbers, null for what is empty. */
export const orderView = (order: PaperOrder) => {
  const { ask } = order
  return {
    id: order.id,
    client_order_id: order.clientOrderId,
    created_at: instantText(order.createdAt),
    updated_at: instantText(order.updatedAt),
    submitted_at: instantText(order.submittedAt),
    filled_at: time(order.filledAt),
    expired_at: time(order.expiredAt),
    expires_at: instantText(order.expiresAt),
    canceled_at: time(order.canceledAt),
    failed_at: time(order.failedAt),
    replaced_at: time(order.replacedAt),
    replaced_by: order.replacedBy ?? null,
    replaces: order.replaces ?? null,
    asset_id: order.assetId,
    symbol: ask.symbol,
    asset_class: "us_equity",
    notional: number(ask.notional),
    qty: number(ask.quantity ?? (order.status === "filled" ? order.target : undefined)),
    filled_qty: decimalText(order.filledQuantity),
    filled_avg_price: number(averagePriceOf(order)),
    order_class: "",
    order_type: ask.type,
    type: ask.type,
    side: ask.side,
    position_intent: ask.positionIntent ?? null,
    time_in_force: ask.timeInForce,
    limit_price: number(ask.limitPrice),
    stop_price: number(ask.stopPrice),
    status: order.shownStatus ?? order.status,
    extended_hours: ask.extendedHours,
    legs: null,
    trail_percent: null,
    trail_price: null,
    hwm: null,
    ratio_qty: null,
    source: order.source ?? null,
    subtag: null
  }
}

export type OrderView = ReturnType<typeof orderView>

export const newOrder = (
  ask: OrderAsk,
  rest: Pick<
    PaperOrder,
    "id" | "clientOrderId" | "assetId" | "sequence" | "createdAt" | "expiresAt" | "reservePrice"
  > & {
    readonly replaces?: string
    readonly source?: string
  }
): PaperOrder => ({
  ...rest,
  ask,
  submittedAt: rest.createdAt,
  updatedAt: rest.createdAt,
  status: "pending_new",
  filledQuantity: zero,
  filledCost: zero,
  executions: 0,
  target: undefined,
  triggered: false,
  notBefore: 0n,
  reserved: zero
})
