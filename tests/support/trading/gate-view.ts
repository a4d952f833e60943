import { BigDecimal } from "effect"
import { type Decimal, decimalText, parseDecimal } from "../../../src/kernel/decimal.ts"
import { instantOfMs } from "../../../src/kernel/time/utc-instant.ts"
import type { OrderRequest } from "../../../src/trading/domain/order/order-request.ts"
import type { Position, Reservation } from "../../../src/trading/domain/position/position.ts"
import type { GateView, Proposal } from "../../../src/trading/domain/risk/gate-view.ts"
import { defaultLimits } from "../../../src/trading/domain/risk/limits.ts"
import type { ReservationSums } from "../../../src/trading/domain/risk/reservation-sums.ts"

export const decimal = (text: string): Decimal => {
  const value = parseDecimal(text)
  if (value === undefined) throw new Error(`no decimal: ${text}`)
  return value
}

/** A Monday morning of New York, in which orders pass. */
export const openMs = Date.parse("2026-11-30T15:00:00Z")

/** A view in which a small order passes every check. */
export const openView = (more: Partial<GateView> = {}): GateView => ({
  nowMs: openMs,
  exchangeNow: instantOfMs(openMs),
  arming: { state: "armed" },
  killSwitch: { state: "active" },
  breakers: [{ state: "open" }],
  reconciliation: "open",
  listening: true,
  quarantine: new Map(),
  positions: new Map(),
  reservations: [],
  quotes: new Map([
    ["AAPL", { bid: decimal("99.99"), ask: decimal("100.01"), at: instantOfMs(openMs - 100), taint: "" }],
    ["MSFT", { bid: decimal("299.9"), ask: decimal("300.1"), at: instantOfMs(openMs - 100), taint: "" }]
  ]),
  averageDailyVolume: new Map([["AAPL", decimal("1000000")]]),
  accountBlocks: [],
  equity: decimal("1000000"),
  buyingPower: decimal("1000000"),
  limits: defaultLimits,
  recentOrders: [],
  recentExecutions: [],
  stoppedStrategies: new Set(),
  workingPrices: new Map(),
  ...more
})

/** An order for 10 AAPL at the market. */
export const proposal = (request: Partial<OrderRequest> = {}, reduceOnly = false): Proposal => ({
  clientOrderId: "c1",
  payloadHash: "h1",
  request: {
    symbol: "AAPL",
    side: "buy",
    quantity: decimal("10"),
    type: "market",
    timeInForce: "day",
    strategyId: "alpha",
    ...request
  },
  reduceOnly
})

export const held = (symbol: string, quantity: string): [string, Position] => [
  symbol,
  { symbol, quantity: decimal(quantity), averagePrice: decimal("100"), realized: BigDecimal.make(0n, 0) }
]

export const working = (side: "buy" | "sell", quantity: string, more: Partial<Reservation> = {}): Reservation => ({
  clientOrderId: "w1",
  symbol: "AAPL",
  side,
  quantity: decimal(quantity),
  price: decimal("100"),
  reduceOnly: false,
  ...more
})

/** Sums by value: the same number has several forms. */
export const sumsText = (sums: ReservationSums) =>
  [...sums]
    .map(([symbol, { buy, sell }]) =>
      [symbol, ...[buy, sell].flatMap((one) => [one.count, decimalText(one.quantity), decimalText(one.value)])].join(
        " "
      )
    )
    .sort()
