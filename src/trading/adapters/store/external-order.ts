import { zero } from "../../../kernel/decimal.ts"
import { payloadHashOf } from "../../domain/order/client-order-id.ts"
import { intendedOrder, type Order } from "../../domain/order/order.ts"
import type { VenueOrder } from "../../domain/order/venue-order.ts"

/** A foreign order that the book takes in, under its own client id. */
export const externalOrder = (
  { clientOrderId, symbol, side, type, timeInForce, snapshot }: VenueOrder,
  at: bigint
): Order => {
  const request = {
    symbol,
    side,
    // 0: an order for an amount of money, whose quantity the venue does not know yet.
    quantity: snapshot.quantity ?? zero,
    type: type ?? "market",
    timeInForce: timeInForce ?? "day",
    ...(snapshot.limitPrice === undefined ? {} : { limitPrice: snapshot.limitPrice }),
    ...(snapshot.stopPrice === undefined ? {} : { stopPrice: snapshot.stopPrice }),
    strategyId: "external"
  }
  return intendedOrder(clientOrderId, payloadHashOf(request), request, at)
}
