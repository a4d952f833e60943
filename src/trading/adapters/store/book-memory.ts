import { BigDecimal } from "effect"
import type { Order } from "../../domain/order/order.ts"
import { isTerminal } from "../../domain/order/order-words.ts"
import type { Position, Reservation } from "../../domain/position/position.ts"

/** What a transaction has made of an order. Without a reservation or a position of its own: `undefined`. */
export interface OrderChange {
  readonly order: Order
  readonly reservation: Reservation | undefined
  /** Of its symbol; `undefined`: unchanged. */
  readonly position: Position | undefined
}

/** What the gate reads for each order. */
export interface BookView {
  readonly working: Map<string, Order>
  readonly reservations: Map<string, Reservation>
  readonly positions: Map<string, Position>
}

const isHeld = ({ quantity, realized }: Position): boolean =>
  !(BigDecimal.isZero(quantity) && BigDecimal.isZero(realized))

/**
 * The working orders, reservations and positions as the tables have them, so that an order is not judged at the cost of
 * reading all that work. Only after a commit is anything changed here, one commit after the other. A transaction that
 * failed in any way makes it forget everything: the next reader fills it from the tables.
 */
export const makeBookMemory = () => {
  let view: BookView | undefined
  const put = (position: Position): void => {
    if (isHeld(position)) view?.positions.set(position.symbol, position)
    else view?.positions.delete(position.symbol)
  }
  return {
    view: (): BookView | undefined => view,
    fill: (
      orders: ReadonlyArray<Order>,
      reservations: ReadonlyArray<Reservation>,
      positions: ReadonlyArray<Position>
    ) => {
      view = {
        working: new Map(orders.map((order) => [order.clientOrderId, order])),
        reservations: new Map(reservations.map((one) => [one.clientOrderId, one])),
        positions: new Map()
      }
      for (const position of positions) put(position)
      return view
    },
    forget: (): void => {
      view = undefined
    },
    put,
    apply: ({ order, position, reservation }: OrderChange): void => {
      const id = order.clientOrderId
      if (isTerminal(order.status)) view?.working.delete(id)
      else view?.working.set(id, order)
      if (reservation === undefined) view?.reservations.delete(id)
      else view?.reservations.set(id, reservation)
      if (position !== undefined) put(position)
    }
  }
}
