import { BigDecimal } from "effect"
import { type Decimal, decimalText, zero } from "../../../kernel/decimal.ts"
import { availableShares } from "./admit-order.ts"
import { ratio, toPlaces, unitsText } from "./amount.ts"
import { buyingPowerOf, markOf, valuesOf } from "./buying-power.ts"
import type { PaperPosition } from "./ledger.ts"
import { newYorkDate, newYorkText, nextDate } from "./venue-hours.ts"
import type { VenueState } from "./venue-state.ts"

const half = BigDecimal.make(5n, 1)
const money = (value: Decimal) => decimalText(toPlaces(value, 2))

export const accountView = (state: VenueState) => {
  const { equity, long, short } = valuesOf(state)
  const margin = BigDecimal.multiply(BigDecimal.subtract(long, short), half)
  const buyingPower = money(buyingPowerOf(state))
  const { standing } = state
  return {
    id: state.accountId,
    account_number: `PA${state.accountId.slice(0, 8).toUpperCase()}`,
    status: "ACTIVE",
    crypto_status: "INACTIVE",
    currency: "USD",
    cash: money(state.ledger.cash()),
    portfolio_value: money(equity),
    equity: money(equity),
    last_equity: money(state.lastEquity),
    long_market_value: money(long),
    short_market_value: money(short),
    position_market_value: money(BigDecimal.subtract(long, short)),
    buying_power: buyingPower,
    regt_buying_power: buyingPower,
    non_marginable_buying_power: money(
      BigDecimal.max(zero, BigDecimal.subtract(equity, BigDecimal.subtract(long, short)))
    ),
    options_buying_power: "0",
    initial_margin: money(margin),
    maintenance_margin: money(margin),
    last_maintenance_margin: "0",
    sma: "0",
    multiplier: String(state.multiplier),
    accrued_fees: "0",
    pending_transfer_in: "0",
    pending_transfer_out: "0",
    intraday_adjustments: "0",
    pending_reg_taf_fees: "0",
    balance_asof: newYorkDate(state.clock),
    created_at: "2020-01-02T15:00:00Z",
    trading_blocked: standing.tradingBlocked,
    transfers_blocked: false,
    account_blocked: standing.accountBlocked,
    trade_suspended_by_user: false,
    shorting_enabled: standing.shortingEnabled
  }
}

/** Price at the end of the last session before today's. */
const lastDayPrice = (state: VenueState, symbol: string): Decimal => {
  const today = state.hours.lastDay(state.clock)
  const before = state.hours.lastDay(BigInt(today.open - 1) * 1_000_000n)
  return unitsText(Math.floor(state.market.mid(symbol, BigInt(before.close) * 1_000_000n) / 100) * 100)
}

export const positionView = (state: VenueState, symbol: string, position: PaperPosition) => {
  const { cost, quantity } = position
  const price = markOf(state, symbol)
  const before = lastDayPrice(state, symbol)
  const value = BigDecimal.multiply(quantity, price)
  const profit = BigDecimal.subtract(value, cost)
  const today = BigDecimal.multiply(quantity, BigDecimal.subtract(price, before))
  const isShort = BigDecimal.isNegative(quantity)
  const available = availableShares(state, symbol)
  return {
    asset_id: state.assets.find(symbol)?.id ?? "",
    symbol,
    exchange: state.assets.find(symbol)?.exchange ?? "",
    asset_class: "us_equity",
    asset_marginable: true,
    avg_entry_price: decimalText(ratio(cost, quantity, 6)),
    qty: decimalText(quantity),
    qty_available: decimalText(isShort ? BigDecimal.negate(available) : available),
    side: isShort ? "short" : "long",
    market_value: money(value),
    cost_basis: money(cost),
    unrealized_pl: money(profit),
    unrealized_plpc: decimalText(ratio(profit, BigDecimal.abs(cost), 6)),
    unrealized_intraday_pl: money(today),
    unrealized_intraday_plpc: decimalText(ratio(today, BigDecimal.abs(value), 6)),
    current_price: decimalText(price),
    lastday_price: decimalText(before),
    change_today: decimalText(ratio(BigDecimal.subtract(price, before), before, 6))
  }
}

export const clockView = (state: VenueState) => {
  const { clock, hours } = state
  return {
    timestamp: newYorkText(clock),
    is_open: hours.phase(clock) === "regular",
    next_open: newYorkText(hours.next(clock, new Set(["open"])).at),
    next_close: newYorkText(hours.next(clock, new Set(["close"])).at)
  }
}

const timeOfDay = (ms: number) => newYorkText(BigInt(ms) * 1_000_000n).slice(11, 16)

/** Trading days from one date to another, both included. At most `daysMax` dates are looked at. */
export const calendarView = (state: VenueState, start: string, end: string, daysMax = 25_000) => {
  const days = []
  for (let date = start, n = 0; date <= end && n < daysMax; date = nextDate(date), n++) {
    const session = state.hours.day(date)
    if (session === undefined) continue
    let settlement = nextDate(date)
    while (state.hours.day(settlement) === undefined) settlement = nextDate(settlement)
    days.push({
      date,
      open: timeOfDay(session.open),
      close: timeOfDay(session.close),
      session_open: timeOfDay(session.preOpen).replace(":", ""),
      session_close: timeOfDay(session.postClose).replace(":", ""),
      settlement_date: settlement
    })
  }
  return days
}

export const equityOf = (state: VenueState): Decimal => valuesOf(state).equity
