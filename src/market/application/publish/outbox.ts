import { Effect } from "effect"
import { type IntegrityEvent, IntegrityPublisher } from "../../ports/integrity-publisher.ts"

/** Events for one stream, in order. */
class Lane {
  private events: Array<IntegrityEvent> = []
  private at = 0

  get waiting(): number {
    return this.events.length - this.at
  }

  add(event: IntegrityEvent): void {
    this.events.push(event)
  }

  /** Puts a gap's later state in the place of one that still waits. */
  replaceGap(event: IntegrityEvent & { type: "gap" }): boolean {
    const { id } = event.gap
    const told = this.events.findLastIndex((waiting) => waiting.type === "gap" && waiting.gap.id === id)
    if (told < this.at) return false
    this.events[told] = event
    return true
  }

  /** Hands over what the publisher takes; gives how many. */
  flush(publisher: IntegrityPublisher["Service"]): number {
    const before = this.at
    while (this.at < this.events.length) {
      const event = this.events[this.at] as IntegrityEvent
      if (!publisher.hasRoom(event)) return this.at - before
      publisher.send(event)
      this.at++
    }
    const sent = this.at - before
    this.events = []
    this.at = 0
    return sent
  }
}

/**
 * Events of the integrity that wait for the broker, in order and bounded, with a lane for each of the two streams: one that
 * takes nothing must not hold up the other. Full: the newest of that lane is dropped and counted, since what was told first
 * explains what follows; the ledger has counted the tick itself already.
 */
export class Outbox {
  /** Of each lane. */
  readonly capacity: number
  /** Events that found no place. */
  dropped = 0
  /** Quarantined ticks that were counted in the ledger only, since too many of their reason came. */
  omitted = 0
  /** Events handed to the publisher. */
  sent = 0
  private readonly quarantine = new Lane()
  private readonly integrity = new Lane()

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get waiting(): number {
    return this.quarantine.waiting + this.integrity.waiting
  }

  /** A gap's later state takes the place of one that still waits: an outage of hours must not fill the outbox with it. */
  offer(event: IntegrityEvent): boolean {
    const lane = event.type === "quarantined" ? this.quarantine : this.integrity
    if (event.type === "gap" && lane.replaceGap(event)) return true
    if (lane.waiting >= this.capacity) {
      this.dropped++
      return false
    }
    lane.add(event)
    return true
  }

  /** Hands over what the publisher takes. */
  flush(publisher: IntegrityPublisher["Service"]): void {
    this.sent += this.quarantine.flush(publisher) + this.integrity.flush(publisher)
  }
}

/** How often the outbox is looked at: an integrity may be late by this, the tick path must not wake anybody for it. */
const lookMs = 100

/** Empties the outbox for ever; `look` runs before each pass. */
export const runOutbox = Effect.fnUntraced(function* (
  outbox: Outbox,
  look: () => void
): Effect.fn.Return<never, never, IntegrityPublisher> {
  const publisher = yield* IntegrityPublisher
  while (true) {
    yield* Effect.sleep(lookMs)
    look()
    outbox.flush(publisher)
  }
})

/** Empties the outbox for a stop, as far as the deadline allows; what remains is counted as dropped. */
export const drainOutbox = Effect.fnUntraced(function* (
  outbox: Outbox,
  deadlineMs: number
): Effect.fn.Return<void, never, IntegrityPublisher> {
  const publisher = yield* IntegrityPublisher
  const emptied = Effect.gen(function* () {
    while (true) {
      outbox.flush(publisher)
      if (outbox.waiting === 0) break
      yield* Effect.sleep(5)
    }
    yield* publisher.drained
  })
  yield* emptied.pipe(Effect.interruptible, Effect.timeoutOption(deadlineMs))
  outbox.dropped += outbox.waiting
})
