import { BigDecimal, Schema } from "effect"
import { parseInstant } from "../../../../kernel/time/utc-instant.ts"
import type { VenueAccount, VenuePosition } from "../../../domain/position/venue-account.ts"
import { Money, maybe, Name, RoundedPrice, SignedQuantity, Unreadable } from "./fields.ts"
import { readerOf } from "./read.ts"

const WireAccount = Schema.Struct({
  status: Name,
  cash: Money,
  equity: Money,
  last_equity: Money,
  buying_power: Money,
  trading_blocked: Schema.Boolean,
  account_blocked: Schema.Boolean,
  trade_suspended_by_user: maybe(Schema.Boolean),
  shorting_enabled: maybe(Schema.Boolean)
})
const readWireAccount = readerOf("account", WireAccount)

/** An account trades when its status is ACTIVE and no block is set. A block that is missing is not read as "no". */
export const readAccount = (text: string): VenueAccount | Unreadable => {
  const account = readWireAccount(text)
  if (account instanceof Unreadable) return account
  return {
    equity: account.equity,
    equityAtClose: account.last_equity,
    cash: account.cash,
    buyingPower: account.buying_power,
    shortingEnabled: account.shorting_enabled === true,
    blocks: [
      ...(account.status === "ACTIVE" ? [] : [`status ${account.status}`]),
      ...(account.trading_blocked ? ["trading_blocked"] : []),
      ...(account.account_blocked ? ["account_blocked"] : []),
      ...(account.trade_suspended_by_user === true ? ["trade_suspended_by_user"] : [])
    ]
  }
}

const WirePosition = Schema.Struct({
  symbol: Name,
  side: Schema.Literals(["long", "short"]),
  qty: SignedQuantity,
  avg_entry_price: RoundedPrice,
  current_price: maybe(RoundedPrice)
})
const readWirePosition = readerOf("position", WirePosition)

/** The sign comes from `side`: the text of a short position has been seen with a minus and without. */
export const readPosition = (text: string): VenuePosition | Unreadable => {
  const position = readWirePosition(text)
  if (position instanceof Unreadable) return position
  const shares = BigDecimal.abs(position.qty)
  return {
    symbol: position.symbol,
    quantity: position.side === "short" ? BigDecimal.negate(shares) : shares,
    averagePrice: position.avg_entry_price,
    marketPrice: position.current_price ?? undefined
  }
}

const readWireClock = readerOf("clock", Schema.Struct({ timestamp: Name }))

export const readClock = (text: string): bigint | Unreadable => {
  const clock = readWireClock(text)
  if (clock instanceof Unreadable) return clock
  return parseInstant(clock.timestamp) ?? new Unreadable(`clock: '${clock.timestamp}' is not a time with a zone`)
}
