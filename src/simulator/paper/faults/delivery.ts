import type { VenueEvent } from "../core/event-log.ts"
import { newYorkText } from "../core/venue-hours.ts"
import type { FaultBoard } from "./fault-board.ts"

/** How many events overtake one that is late. */
const lateBy = 3

interface Held {
  readonly event: VenueEvent
  left: number
}

/** What a stream sends for the events of the venue: each one, unless a fault drops, doubles or delays it. Pure. */
export interface Delivery {
  readonly next: (event: VenueEvent) => ReadonlyArray<VenueEvent>
  /** Events that are still held, when nothing follows them. */
  readonly flush: () => ReadonlyArray<VenueEvent>
  readonly isHolding: () => boolean
}

const withOffset = (event: VenueEvent): VenueEvent => ({
  ...event,
  data: { ...event.data, timestamp: newYorkText(event.at) }
})

export const makeDelivery = (faults: FaultBoard): Delivery => {
  let held: Array<Held> = []
  const release = () => {
    for (const one of held) one.left--
    const due = held.filter(({ left }) => left <= 0).map(({ event }) => event)
    held = held.filter(({ left }) => left > 0)
    return due
  }
  return {
    next: (made) => {
      const event = faults.take("offset-timestamps") ? withOffset(made) : made
      if (faults.take("update-drop")) return release()
      const isReordered = faults.take("update-reorder")
      if (isReordered || faults.take("update-late")) {
        const due = release()
        held.push({ event, left: isReordered ? 1 : lateBy })
        return due
      }
      const sent = faults.take("update-twice") ? [event, event] : [event]
      return [...sent, ...release()]
    },
    flush: () => {
      const events = held.map(({ event }) => event)
      held = []
      return events
    },
    isHolding: () => held.length > 0
  }
}
