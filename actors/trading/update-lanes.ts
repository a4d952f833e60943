import type { VenueOrder } from "../../src/trading/domain/order/venue-order.ts"

interface OfOrder {
  readonly type: "order"
  readonly order: VenueOrder
}
interface Notice {
  readonly type: "listening" | "lost"
}

/** Updates that may be booked at the same time: those of one lane belong to one order and follow each other. */
export type UpdateLanes<O> = ReadonlyArray<ReadonlyArray<O>>

const idsOf = ({ order: { clientOrderId, snapshot } }: OfOrder): ReadonlyArray<string> => [
  `client ${clientOrderId}`,
  ...[snapshot.brokerOrderId, snapshot.replaces, snapshot.replacedBy].flatMap((id) =>
    id === undefined ? [] : [`broker ${id}`]
  )
]

/**
 * Splits what waits into steps that are taken one after the other. Updates of different orders share a step; one that
 * connects two lanes, as that of a replacement may, begins the next step. What is not about an order is a step by
 * itself: everything before it is booked by then.
 */
export const updateSteps = <O extends OfOrder, N extends Notice>(
  updates: Iterable<O | N>
): ReadonlyArray<UpdateLanes<O> | N> => {
  const steps: Array<UpdateLanes<O> | N> = []
  let lanes: Array<Array<O>> = []
  let laneOf = new Map<string, Array<O>>()
  const end = (): void => {
    if (lanes.length > 0) steps.push(lanes)
    lanes = []
    laneOf = new Map()
  }
  for (const update of updates) {
    if (update.type !== "order") {
      end()
      steps.push(update)
      continue
    }
    const ids = idsOf(update)
    const found = new Set(ids.flatMap((id) => (laneOf.get(id) === undefined ? [] : [laneOf.get(id)])))
    if (found.size > 1) end()
    const [known] = found.size === 1 ? found : []
    const lane = known ?? []
    if (known === undefined) lanes.push(lane)
    lane.push(update)
    for (const id of ids) laneOf.set(id, lane)
  }
  end()
  return steps
}
