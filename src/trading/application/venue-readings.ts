import { Clock, Context, Effect, Layer } from "effect"
import { type InstantNs, instantOfMs } from "../../kernel/time/utc-instant.ts"
import type { VenueAccount } from "../domain/position/venue-account.ts"
import { VenueWatch } from "../ports/trade-conditions.ts"
import { TradeEvents } from "../ports/trade-events.ts"

/** After these times a reading is not known any more, milliseconds. */
export interface ReadingBounds {
  readonly accountMs: number
  readonly clockMs: number
}

export const defaultBounds: ReadingBounds = { accountMs: 60_000, clockMs: 300_000 }

/** The entrance to what `VenueWatch` shows: for the actors that read the venue, and for nothing else. */
export class VenueReadings extends Context.Service<
  VenueReadings,
  {
    readonly noteListening: (listening: boolean) => void
    readonly noteAccount: (account: VenueAccount) => void
    /** `aheadNs`: the venue's clock minus this host's. */
    readonly noteClock: (aheadNs: bigint) => void
  }
>()("tickd/trading/VenueReadings") {}

interface Reading<A> {
  readonly value: A
  readonly atMs: number
}

/** `VenueWatch` from memory, with its entrance. Whether the keys are good comes from the events of all requests. */
export const layer = (bounds: ReadingBounds = defaultBounds) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const events = yield* TradeEvents
      const nowMs = () => clock.currentTimeMillisUnsafe()
      let listening = false
      let account: Reading<VenueAccount> | undefined
      let ahead: Reading<bigint> | undefined
      let stopped: string | undefined
      const unsubscribe = events.subscribe((event) => {
        if (event.type === "unauthorized") stopped = event.message
        else if (event.type === "authorized") stopped = undefined
      })
      yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))
      const fresh = <A>(reading: Reading<A> | undefined, atMs: number, boundMs: number): A | undefined =>
        reading !== undefined && Math.abs(atMs - reading.atMs) <= boundMs ? reading.value : undefined
      const exchangeNow = (atMs: number): InstantNs | undefined => {
        const offset = fresh(ahead, atMs, bounds.clockMs)
        return offset === undefined ? undefined : instantOfMs(atMs) + offset
      }
      return Context.make(VenueWatch, {
        listening: () => listening,
        exchangeNow,
        account: () => fresh(account, nowMs(), bounds.accountMs),
        accountAtMs: () => account?.atMs,
        stopped: () => stopped
      }).pipe(
        Context.add(VenueReadings, {
          noteListening: (now) => {
            listening = now
          },
          noteAccount: (value) => {
            account = { value, atMs: nowMs() }
          },
          noteClock: (value) => {
            ahead = { value, atMs: nowMs() }
          }
        })
      )
    })
  )
