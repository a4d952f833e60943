import { type Decimal, decimalText } from "../../../kernel/decimal.ts"
import { type InstantNs, instantText } from "../../../kernel/time/utc-instant.ts"
import type { PaperIds } from "./paper-ids.ts"
import { type OrderView, orderView, type PaperOrder } from "./paper-order.ts"

/** One event of an order as it goes over the wire. */
interface EventData {
  readonly event_id: string
  readonly event: string
  readonly timestamp: string
  readonly order: OrderView
  readonly execution_id?: string
  readonly previous_execution_id?: string
  readonly price?: string
  readonly qty?: string
  readonly position_qty?: string
  readonly reason?: string
}

export interface VenueEvent {
  readonly at: InstantNs
  readonly data: EventData
}

export interface EventDetails {
  readonly executionId?: string
  readonly previousExecutionId?: string
  readonly price?: Decimal
  readonly quantity?: Decimal
  readonly positionQuantity?: Decimal
  readonly reason?: string
}

/** Events of the account, the last ones of which are kept for readers that ask for the past. */
export interface EventLog {
  readonly emit: (at: InstantNs, event: string, order: PaperOrder, details?: EventDetails) => VenueEvent
  readonly listen: (listener: (event: VenueEvent) => void) => () => void
  readonly kept: () => ReadonlyArray<VenueEvent>
}

const keptMax = 100_000

const text = (value: Decimal | undefined) => (value === undefined ? undefined : decimalText(value))

export const makeEventLog = (ids: PaperIds): EventLog => {
  let kept: Array<VenueEvent> = []
  const listeners = new Set<(event: VenueEvent) => void>()
  return {
    emit: (at, event, order, details = {}) => {
      const price = text(details.price)
      const qty = text(details.quantity)
      const position = text(details.positionQuantity)
      const data: EventData = {
        event_id: ids.ulid(at),
        event,
        timestamp: instantText(at),
        order: orderView(order),
        ...(details.executionId === undefined ? {} : { execution_id: details.executionId }),
        ...(details.previousExecutionId === undefined ? {} : { previous_execution_id: details.previousExecutionId }),
        ...(price === undefined ? {} : { price }),
        ...(qty === undefined ? {} : { qty }),
        ...(position === undefined ? {} : { position_qty: position }),
        ...(details.reason === undefined ? {} : { reason: details.reason })
      }
      const made: VenueEvent = { at, data }
      kept.push(made)
      if (kept.length > 2 * keptMax) kept = kept.slice(-keptMax)
      for (const listener of listeners) listener(made)
      return made
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    kept: () => kept
  }
}
