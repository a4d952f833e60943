import { Clock, Effect, Result } from "effect"
import { type BackoffPolicy, backoffMs } from "../../machines/backoff.ts"
import { instantOfMs } from "../../src/kernel/time/utc-instant.ts"
import { VenueReadings } from "../../src/trading/application/venue-readings.ts"
import { TradeEvents } from "../../src/trading/ports/trade-events.ts"
import { Venue, VenueError, VenueOutcomeUnknown } from "../../src/trading/ports/venue.ts"
import type { Body } from "../runtime/tree.ts"
import { reportTrouble } from "./order-requests.ts"

/** Milliseconds. The intervals are far below the bounds after which a reading counts as unknown. */
export interface VenuePollSettings {
  readonly accountEveryMs: number
  readonly clockEveryMs: number
  /** A request without an answer for so long has failed. */
  readonly answerMs: number
  /** The venue's clock is not taken from an answer that was under way for longer. */
  readonly roundTripMaxMs: number
  readonly again: BackoffPolicy
}

export const defaultPollSettings: VenuePollSettings = {
  accountEveryMs: 10_000,
  clockEveryMs: 60_000,
  answerMs: 10_000,
  roundTripMaxMs: 2000,
  again: { baseMs: 1000, capMs: 15_000 }
}

/**
 * Reads the account and the clock of the venue, for the gate. A failure is reported and followed by another attempt;
 * the reading then grows old and is not known any more, which refuses entries. It also finds that keys work again.
 */
export const makeVenuePoll = Effect.fnUntraced(function* (settings: VenuePollSettings = defaultPollSettings) {
  const [venue, readings, events] = [yield* Venue, yield* VenueReadings, yield* TradeEvents]
  const counts = { reads: 0, failures: 0 }
  let keysWork = true
  const unsubscribe = events.subscribe(({ type }) => {
    if (type === "unauthorized") keysWork = false
    else if (type === "authorized") keysWork = true
  })
  yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))

  const poll = Effect.fnUntraced(function* (what: string, everyMs: number, read: Effect.Effect<void, VenueError>) {
    let failures = 0
    while (true) {
      const result = yield* read.pipe(
        Effect.timeoutOrElse({
          duration: settings.answerMs,
          orElse: () =>
            Effect.fail(
              new VenueError({
                reason: new VenueOutcomeUnknown({ cause: `no answer within ${settings.answerMs} ms` })
              })
            )
        }),
        Effect.result
      )
      if (Result.isSuccess(result)) {
        failures = 0
        counts.reads++
        if (!keysWork) events.publish({ type: "authorized" })
        yield* Effect.sleep(everyMs)
        continue
      }
      counts.failures++
      reportTrouble(events, what, result.failure)
      const { reason } = result.failure
      const heldMs = reason._tag === "VenueRateLimited" ? reason.retryAfterMs : 0
      yield* Effect.sleep(Math.max(heldMs, Math.min(everyMs, backoffMs(settings.again, ++failures, failures))))
    }
  })

  const readAccount = Effect.map(venue.account, readings.noteAccount)
  const readClock = Effect.gen(function* () {
    const askedMs = yield* Clock.currentTimeMillis
    const venueNow = yield* venue.time
    const answeredMs = yield* Clock.currentTimeMillis
    // A step of this host's clock in between would look like a skew of the venue's.
    if (answeredMs < askedMs || answeredMs - askedMs > settings.roundTripMaxMs) return
    readings.noteClock(venueNow - instantOfMs((askedMs + answeredMs) / 2))
  })

  const body: Body = (ready) =>
    Effect.andThen(
      ready,
      Effect.raceFirst(
        poll("read the account", settings.accountEveryMs, readAccount),
        poll("read the clock", settings.clockEveryMs, readClock)
      )
    )
  return { body, counts }
})
