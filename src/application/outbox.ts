import { Effect } from "effect"
import { type AccountEvent, AccountPublisher } from "../ports/outbound/account-publisher.ts"

/**
 * Events of the account that wait for the broker, in order and bounded. Full: the newest is dropped and counted, since
 * what was told first explains what follows; the ledger has counted the tick itself already.
 */
export class Outbox {
  readonly capacity: number
  /** Events that found no place. */
  dropped = 0
  /** Events handed to the publisher. */
  sent = 0
  private events: Array<AccountEvent> = []
  private at = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get waiting(): number {
    return this.events.length - this.at
  }

  /** A gap's later state takes the place of one that still waits: an outage of hours must not fill the outbox with it. */
  offer(event: AccountEvent): boolean {
    if (event.type === "gap") {
      const { id } = event.gap
      const told = this.events.findLastIndex((waiting) => waiting.type === "gap" && waiting.gap.id === id)
      if (told >= this.at) {
        this.events[told] = event
        return true
      }
    }
    if (this.waiting >= this.capacity) {
      this.dropped++
      return false
    }
    this.events.push(event)
    return true
  }

  /** Hands over what the publisher takes. */
  flush(publisher: AccountPublisher["Service"]): void {
    while (this.at < this.events.length) {
      const event = this.events[this.at] as AccountEvent
      if (!publisher.hasRoom(event)) return
      publisher.send(event)
      this.at++
      this.sent++
    }
    this.events = []
    this.at = 0
  }
}

/** How often the outbox is looked at: an account may be late by this, the tick path must not wake anybody for it. */
const lookMs = 100

/** Empties the outbox for ever; `look` runs before each pass. */
export const runOutbox = Effect.fnUntraced(function* (
  outbox: Outbox,
  look: () => void
): Effect.fn.Return<never, never, AccountPublisher> {
  const publisher = yield* AccountPublisher
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
): Effect.fn.Return<void, never, AccountPublisher> {
  const publisher = yield* AccountPublisher
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
