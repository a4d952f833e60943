import { Effect } from "effect"
import { type IntegrityEvent, IntegrityPublisher } from "../../ports/integrity-publisher.ts"

/** Events for one stream, in sequence. */
class Lane {
  private events: Array<IntegrityEvent> = []
  private at = 0

  get waiting(): number {
    return this.events.length - this.at
  }

  add(event: IntegrityEvent): void {
    this.events.push(event)
  }

  /** Replaces a waiting gap event by its later state. */
  replaceGap(event: IntegrityEvent & { type: "gap" }): boolean {
    const { id } = event.gap
    const reported = this.events.findLastIndex((waiting) => waiting.type === "gap" && waiting.gap.id === id)
    if (reported < this.at) return false
    this.events[reported] = event
    return true
  }

  /** Sends what the publisher accepts; returns the number. */
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
 * Integrity events that wait for the broker, in sequence and bounded, with one lane for each of the two streams: a
 * blocked stream must not hold up the other. When a lane is full, its newest event is dropped and counted, because
 * earlier events explain later ones; the ledger has counted the tick already.
 */
export class Outbox {
  /** For each lane. */
  readonly capacity: number
  /** Events dropped because the outbox was full. */
  dropped = 0
  /** Quarantined ticks that were only counted in the ledger, because their reason had too many. */
  omitted = 0
  /** Events sent to the publisher. */
  sent = 0
  private readonly quarantine = new Lane()
  private readonly integrity = new Lane()

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get waiting(): number {
    return this.quarantine.waiting + this.integrity.waiting
  }

  /** A gap's later state replaces a waiting one: an outage of hours must not fill the outbox. */
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

  /** Sends what the publisher accepts. */
  flush(publisher: IntegrityPublisher["Service"]): void {
    this.sent += this.quarantine.flush(publisher) + this.integrity.flush(publisher)
  }
}

/** Interval of the outbox: events may be late by this much, and the tick path must not wake a fiber for them. */
const lookMs = 100

/** Empties the outbox forever; `look` runs before each pass. */
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

/** Empties the outbox for a stop until the deadline. The rest is counted as dropped. */
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
