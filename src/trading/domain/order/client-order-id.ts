import { BigDecimal } from "effect"
import { type Decimal, decimalText } from "../../../kernel/decimal.ts"
import { sha256Hex } from "../../../kernel/sha256.ts"
import type { Order } from "./order.ts"
import type { OrderRequest } from "./order-request.ts"

/** At least two places, so that 150 gives the text of the reference (150.00), and never fewer than the price has. */
const priceText = (price: Decimal | undefined): string => {
  if (price === undefined) return "None"
  const text = decimalText(price)
  const places = Math.max(BigDecimal.normalize(price).scale, 0)
  if (places >= 2) return text
  return places === 1 ? `${text}0` : `${text}.00`
}

/** The fields that make two requests the same one. Unlike the reference: full places, and the nonce at the end. */
const identityText = (request: OrderRequest, tradingDay: string): string =>
  [
    request.symbol,
    request.side,
    decimalText(request.quantity),
    priceText(request.limitPrice),
    priceText(request.stopPrice),
    request.type,
    request.timeInForce,
    request.strategyId,
    tradingDay,
    ...(request.nonce === undefined ? [] : [request.nonce])
  ].join("|")

/**
 * The id that a request has when its caller gives none: the same request on the same trading day has the same id.
 * @param tradingDay the exchange's trading day, `YYYY-MM-DD`; the reference took the day in UTC
 * Source: trading-reference, idempotency id, with its four vectors.
 */
export const clientOrderIdOf = (request: OrderRequest, tradingDay: string): string =>
  sha256Hex(identityText(request, tradingDay)).slice(0, 24)

/** Distinguishes a resend (the same hash) from another request under the same id (refused with 409). */
export const payloadHashOf = (request: OrderRequest): string => sha256Hex(identityText(request, ""))

/** The client id that the venue gets with the n-th replacement of an order. Source: trading-reference. */
export const replacementIdOf = (clientOrderId: string, sequence: number): string =>
  sha256Hex(`${clientOrderId}:mod:${sequence}`).slice(0, 24)

/** Whether a replacement under this id is still the next one of the order: a leg more, and it has been decided. */
export const isOpenChange = ({ clientOrderId, legs }: Pick<Order, "clientOrderId" | "legs">, id: string): boolean =>
  replacementIdOf(clientOrderId, legs.size) === id

const callerForm = /^[A-Za-z0-9_-]{1,24}$/

/** Whether a caller may use this id. */
export const isClientOrderId = (text: string): boolean => callerForm.test(text)
