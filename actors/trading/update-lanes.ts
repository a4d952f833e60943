import type { VenueUpdate } from "../../src/trading/ports/venue.ts"

export type OrderUpdate = Extract<VenueUpdate, { readonly type: "order" }>

/** Updates that may be booked at the same time: those of one lane belong to one order and follow each other. */
export type UpdateLanes = ReadonlyArray<ReadonlyArray<OrderUpdate>>

const idsOf = ({ order: { clientOrderId, snapshot } }: OrderUpdate): ReadonlyArray<string> => [
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
export const updateSteps = (
  updates: Iterable<VenueUpdate>
): ReadonlyArray<UpdateLanes | Exclude<VenueUpdate, OrderUpdate>> => {
  const steps: Array<UpdateLanes | Exclude<VenueUpdate, OrderUpdate>> = []
  let lanes: Array<Array<OrderUpdate>> = []
  let laneOf = new Map<string, Array<OrderUpdate>>()
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
