import { BigDecimal } from "effect"
import { type Decimal, parseDecimal } from "../../../kernel/decimal.ts"
import { isWhole, placesOf, unitsOf } from "./amount.ts"
import type { OrderAsk, PaperSide, PaperTif, PaperType } from "./paper-order.ts"
import { malformed, Refusal, unprocessable } from "./refusal.ts"

export type Fields = Readonly<Record<string, unknown>>

const sides: ReadonlySet<string> = new Set(["buy", "sell"])
const types: ReadonlySet<string> = new Set(["market", "limit", "stop", "stop_limit"])
const tifs: ReadonlySet<string> = new Set(["day", "gtc", "ioc", "fok", "opg", "cls"])
const intents: ReadonlySet<string> = new Set(["buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close"])
const clientIdMax = 128
const one = BigDecimal.make(1n, 0)

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== ""

/** A number or a text of one. `undefined`: the field is absent. */
export const readNumber = (fields: Fields, name: string): Decimal | undefined | Refusal => {
  const value = fields[name]
  if (!isGiven(value)) return undefined
  const number = typeof value === "string" || typeof value === "number" ? parseDecimal(String(value)) : undefined
  if (number === undefined) return malformed(`${name} is not a number that can be used`)
  return BigDecimal.isPositive(number) ? number : malformed(`${name} must be > 0`)
}

/** Prices of a dollar and more have at most two places, lower ones four. */
export const checkPrice = (name: string, price: Decimal): Refusal | undefined =>
  placesOf(price) <= (BigDecimal.isLessThan(price, one) ? 4 : 2)
    ? undefined
    : unprocessable(
        `invalid ${name} ${BigDecimal.format(price)}. sub-penny increment does not fulfill minimum pricing criteria`
      )

export const readClientId = (fields: Fields): string | undefined | Refusal => {
  const value = fields["client_order_id"]
  if (!isGiven(value)) return undefined
  if (typeof value !== "string") return malformed("client_order_id must be a text")
  return value.length <= clientIdMax
    ? value
    : malformed(`client_order_id must be no more than ${clientIdMax} characters`)
}

const word = (fields: Fields, name: string): string => String(fields[name] ?? "")

/** What is not simulated is refused and never half done. */
const notSimulated = (fields: Fields): Refusal | undefined => {
  const orderClass = word(fields, "order_class")
  if (!["", "simple"].includes(orderClass)) {
    return ["bracket", "oco", "oto", "mleg"].includes(orderClass)
      ? unprocessable(`order_class "${orderClass}" is not simulated by tickd paper, send simple orders`)
      : malformed("invalid order_class")
  }
  if (word(fields, "type") === "trailing_stop")
    return unprocessable('type "trailing_stop" is not simulated by tickd paper, send stop orders')
  for (const name of ["take_profit", "stop_loss", "legs", "trail_price", "trail_percent", "advanced_instructions"])
    if (isGiven(fields[name])) return unprocessable(`${name} is not simulated by tickd paper`)
  return undefined
}

const checkPrices = (type: string, limit: Decimal | undefined, stop: Decimal | undefined): Refusal | undefined => {
  const wantsLimit = type === "limit" || type === "stop_limit"
  const wantsStop = type === "stop" || type === "stop_limit"
  if (wantsLimit && limit === undefined) return malformed("limit orders require a limit price")
  if (wantsStop && stop === undefined) return malformed("stop orders require a stop price")
  if (!wantsLimit && limit !== undefined) return malformed(`${type} orders must not have a limit price`)
  if (!wantsStop && stop !== undefined) return malformed(`${type} orders must not have a stop price`)
  const badLimit = limit === undefined ? undefined : checkPrice("limit_price", limit)
  return badLimit ?? (stop === undefined ? undefined : checkPrice("stop_price", stop))
}

const checkSize = (tif: string, type: string, quantity?: Decimal, notional?: Decimal): Refusal | undefined => {
  if (quantity === undefined && notional === undefined) return malformed("qty or notional is required")
  if (quantity !== undefined && notional !== undefined) return malformed("only one of qty or notional is accepted")
  if (notional !== undefined) {
    if (placesOf(notional) > 2) return malformed("notional must have at most 2 decimal places")
    if (BigDecimal.isLessThan(notional, one)) return unprocessable("notional orders must be at least $1")
    if (type !== "market") return unprocessable("notional orders must be market orders")
    return tif === "day" ? undefined : unprocessable("notional orders must be DAY orders")
  }
  if (isWhole(quantity as Decimal) || tif === "day") return undefined
  return unprocessable("fractional orders must be DAY orders")
}

/** Reads the body of `POST /v2/orders`. Every rule that needs no knowledge of the market is here. */
export const readOrder = (body: unknown): OrderAsk | Refusal => {
  if (!isFields(body)) return malformed("request body format is invalid")
  const symbol = word(body, "symbol")
  const [side, type, tif] = [word(body, "side"), word(body, "type"), word(body, "time_in_force")]
  if (symbol === "") return malformed("symbol is required")
  const left = notSimulated(body)
  if (left !== undefined) return left
  if (!sides.has(side)) return malformed("invalid side")
  if (!types.has(type)) return malformed("invalid order type")
  if (!tifs.has(tif)) return malformed("invalid time_in_force")
  const quantity = readNumber(body, "qty")
  if (quantity instanceof Refusal) return quantity
  const notional = readNumber(body, "notional")
  if (notional instanceof Refusal) return notional
  const limitPrice = readNumber(body, "limit_price")
  if (limitPrice instanceof Refusal) return limitPrice
  const stopPrice = readNumber(body, "stop_price")
  if (stopPrice instanceof Refusal) return stopPrice
  const clientOrderId = readClientId(body)
  if (clientOrderId instanceof Refusal) return clientOrderId
  const intent = body["position_intent"]
  if (isGiven(intent) && !intents.has(String(intent))) return malformed("invalid position_intent")
  const wrong = checkSize(tif, type, quantity, notional) ?? checkPrices(type, limitPrice, stopPrice)
  if (wrong !== undefined) return wrong
  const extendedHours = body["extended_hours"] === true || body["extended_hours"] === "true"
  if (extendedHours && (type !== "limit" || (tif !== "day" && tif !== "gtc")))
    return unprocessable("extended hours order must be DAY or GTC limit orders")
  if ((tif === "opg" || tif === "cls") && (type === "stop" || type === "stop_limit"))
    return unprocessable(`${tif} orders must be market or limit orders`)
  return {
    symbol,
    side: side as PaperSide,
    type: type as PaperType,
    timeInForce: tif as PaperTif,
    quantity,
    notional,
    limitPrice,
    stopPrice,
    limitUnits: limitPrice === undefined ? undefined : unitsOf(limitPrice),
    stopUnits: stopPrice === undefined ? undefined : unitsOf(stopPrice),
    extendedHours,
    clientOrderId,
    orderClass: "",
    positionIntent: isGiven(intent) ? String(intent) : undefined
  }
}
