import { BigDecimal } from "effect"
import type { Order } from "../../domain/order/order.ts"
import { isTerminal } from "../../domain/order/order-words.ts"
import type { Position, Reservation } from "../../domain/position/position.ts"
import { afterChanges, type ReservationChange } from "../../domain/risk/reservation-sums.ts"
import type { Exposure } from "../../ports/order-store.ts"

/** What a transaction has made of an order. Without a reservation or a position of its own: `undefined`. */
export interface OrderChange {
  readonly order: Order
  readonly reservation: Reservation | undefined
  /** Of its symbol; `undefined`: unchanged. */
  readonly position: Position | undefined
}

/** What the gate reads for each order: one moment, which is never changed. */
export interface BookView {
  readonly working: ReadonlyArray<Order>
  readonly exposure: Exposure
}

/** More changes than this between two reads: the sums of the reservations are computed from the orders again. */
const changesMax = 1000

const isHeld = ({ quantity, realized }: Position): boolean =>
  !(BigDecimal.isZero(quantity) && BigDecimal.isZero(realized))

interface Tables {
  readonly working: Map<string, Order>
  readonly reservations: Map<string, Reservation>
  readonly positions: Map<string, Position>
}

/**
 * The working orders, reservations and positions as the tables have them, so that an order is not judged at the cost of
 * reading all that work. Only after a commit is anything changed here, one commit after the other. A transaction of
 * which it is not known whether it was written makes it forget everything: the next reader fills it from the tables.
 */
export const makeBookMemory = () => {
  let tables: Tables | undefined
  /** Of the tables as they are; `undefined` after a change. */
  let view: BookView | undefined
  /** The list that was read last, and what has changed since: its sums need not be computed again. */
  let list: ReadonlyArray<Reservation> = []
  const changes = new Map<string, ReservationChange>()

  const read = ({ positions, reservations, working }: Tables): BookView => {
    if (view !== undefined) return view
    const before = list
    if (changes.size > 0) list = afterChanges(before, [...reservations.values()], changes.values())
    changes.clear()
    view = { working: [...working.values()], exposure: { positions: new Map(positions), reservations: list } }
    return view
  }
  const forget = (): void => {
    tables = undefined
    view = undefined
  }
  const put = (position: Position): void => {
    view = undefined
    if (isHeld(position)) tables?.positions.set(position.symbol, position)
    else tables?.positions.delete(position.symbol)
  }
  const reserve = ({ reservations }: Tables, id: string, after: Reservation | undefined): void => {
    const before = changes.has(id) ? changes.get(id)?.before : reservations.get(id)
    if (after === undefined) reservations.delete(id)
    else reservations.set(id, after)
    changes.set(id, { before, after })
    if (changes.size <= changesMax) return
    // A list without known sums: they are computed when they are read.
    list = [...reservations.values()]
    changes.clear()
  }
  return {
    view: (): BookView | undefined => (tables === undefined ? undefined : read(tables)),
    fill: (
      orders: ReadonlyArray<Order>,
      reservations: ReadonlyArray<Reservation>,
      positions: ReadonlyArray<Position>
    ): BookView => {
      tables = {
        working: new Map(orders.map((order) => [order.clientOrderId, order])),
        reservations: new Map(reservations.map((one) => [one.clientOrderId, one])),
        positions: new Map()
      }
      view = undefined
      changes.clear()
      list = [...reservations]
      for (const position of positions) put(position)
      return read(tables)
    },
    forget,
    put,
    apply: ({ order, position, reservation }: OrderChange): void => {
      if (tables === undefined) return
      view = undefined
      const id = order.clientOrderId
      if (isTerminal(order.status)) tables.working.delete(id)
      else tables.working.set(id, order)
      if (reservation !== undefined || tables.reservations.has(id)) reserve(tables, id, reservation)
      if (position !== undefined) put(position)
    }
  }
}
