import { BigDecimal } from "effect"
import type { LedgerOrder } from "../../trading/domain/ledger/trade-ledger.ts"
import { bookedFills } from "../../trading/domain/order/booked-fills.ts"
import type { Order } from "../../trading/domain/order/order.ts"

/** Every leg of an order, as the venue would list it: one before the last was replaced, or has its own end. */
export const legsOf = (order: Order): ReadonlyArray<LedgerOrder> => {
  const fills = bookedFills(order)
  return [...order.legs].map(([brokerOrderId, { ended }]) => ({
    brokerOrderId,
    clientOrderId: order.clientOrderId,
    status: brokerOrderId === order.brokerOrderId ? order.status : (ended?.status ?? "replaced"),
    filled: BigDecimal.sumAll(
      fills.filter((fill) => fill.brokerOrderId === brokerOrderId).map(({ quantity }) => quantity)
    )
  }))
}
