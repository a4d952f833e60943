// Feeds over one arbiter, from raw records to published ticks: laws, arbitration, ledger and sessions as in the
// daemon.

import { noHours } from "../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import {
  double,
  recordBytes,
  recordF64,
  recordI32,
  SlabPool,
  type TickBatch,
  TickSlab,
  word
} from "../../src/kernel/tick/tick-slab.ts"
import { FeedArbiter } from "../../src/market/application/intake/arbitrate-feeds.ts"
import { quarantineReasons, TickLedger } from "../../src/market/application/intake/ledger.ts"
import { makeNormaliseTick } from "../../src/market/application/intake/normalise-tick.ts"
import { TickArrivals } from "../../src/market/application/intake/tick-arrivals.ts"
import { makeReplayClock, type TickClock } from "../../src/market/application/intake/tick-clock.ts"
import { makeTickIntake } from "../../src/market/application/intake/tick-intake.ts"
import { type SessionIntegrity, SessionTally } from "../../src/market/application/integrity/session-tally.ts"
import { type RawTick, soundTick, writeRaw } from "./tick-records.ts"

interface PublishedTick {
  readonly feed: number
  readonly seq: number
  readonly instrument: number
  readonly exchangeTimeMs: number
  readonly volume: number
  readonly lastVolume: number
  /** Distinguishes the ticks of a test, unless it makes them equal. */
  readonly last: number
}

export const makeArbitratedFeeds = (
  options: {
    readonly feeds?: number
    readonly remembered?: number
    readonly arbiter?: FeedArbiter
    /** One for each feed. Omit for the recording's own clock. */
    readonly clock?: () => TickClock
    /** Called with each tick that is about to be counted as published; may throw. */
    readonly onCount?: (feed: number, seq: number) => void
    /** Called with each quarantined tick; may throw. */
    readonly onSetAside?: (feed: number, seq: number) => void
  } = {}
) => {
  const count = options.feeds ?? 2
  const arbiter = options.arbiter ?? new FeedArbiter(count, options.remembered)
  const directory = new InstrumentDirectory()
  const published: Array<PublishedTick> = []
  const setAside: Array<{ readonly feed: number; readonly seq: number; readonly reason: string }> = []
  const exceptions: Array<{
    readonly feed: number
    readonly place: string
    readonly message: string
    readonly instrument: string | undefined
  }> = []
  const lines = Array.from({ length: count }, (_, feed) => {
    let received = 0
    const ledger = new TickLedger(`feed ${feed}`, () => ({ received, dropped: 0, empty: true }))
    const sessions: Array<SessionIntegrity> = []
    const tally = new SessionTally(ledger, noHours, (account) => void sessions.push(account))
    const arrivals = new TickArrivals()
    const count = tally.published.bind(tally)
    tally.published = (slab, row) => {
      options.onCount?.(feed, slab.seq(row))
      count(slab, row)
    }
    const intake = makeTickIntake({
      feed,
      pool: new SlabPool({ rows: 64, keep: 2 }),
      queue: {
        room: () => 64,
        push: ({ slab, start, count: rows }: TickBatch) => {
          ledger.queued -= rows
          ledger.published += rows
          for (let row = start; row < start + rows; row++) {
            const [w, d] = [row * recordI32, row * recordF64]
            published.push({
              feed,
              seq: slab.seq(row),
              instrument: slab.u32[w + word.instrument] as number,
              exchangeTimeMs: slab.f64[d + double.exchangeTimeMs] as number,
              volume: slab.i32[w + word.volume] as number,
              lastVolume: slab.i32[w + word.lastVolume] as number,
              last: slab.f64[d + double.last] as number
            })
          }
        },
        whenRoom: () => undefined
      } as never,
      ledger,
      normalise: makeNormaliseTick({
        directory,
        loginTradingDay: () => 0,
        clock: (options.clock ?? makeReplayClock)()
      }),
      onQuarantined: (slab, row, reason) => {
        setAside.push({ feed, seq: slab.seq(row), reason: quarantineReasons[reason] ?? "?" })
        options.onSetAside?.(feed, slab.seq(row))
      },
      onException: (place, cause, index) =>
        void exceptions.push({ feed, place, message: String(cause), instrument: directory.at(index)?.id }),
      tally,
      arrivals,
      arbiter
    })
    const symbols = { ids: [undefined] as Array<string | undefined>, resolved: [-1] }
    const symbolOf = (id: string) => {
      const found = symbols.ids.indexOf(id)
      if (found >= 0) return found
      symbols.resolved.push(-1)
      return symbols.ids.push(id) - 1
    }
    const slab = new TickSlab(64)
    return {
      ledger,
      tally,
      sessions,
      arrivals,
      /** One batch of hand-made ticks; their numbers continue. */
      bring: (...ticks: ReadonlyArray<Partial<RawTick>>) => {
        slab.used = 0
        for (const changes of ticks) {
          const tick = { ...soundTick, ...changes }
          writeRaw(slab, slab.used++, tick, symbolOf(tick.id), ++received)
        }
        intake.accept(slab, 0, symbols)
      },
      /** One raw row of another slab, as this feed's next tick. */
      bringRow: (from: TickSlab, row: number, ids: ReadonlyArray<string | undefined>) => {
        while (symbols.ids.length < ids.length) {
          symbols.ids.push(ids[symbols.ids.length])
          symbols.resolved.push(-1)
        }
        slab.bytes.set(from.bytes.subarray(row * recordBytes, (row + 1) * recordBytes), 0)
        slab.u32[word.seqLow] = ++received
        slab.u32[word.seqHigh] = 0
        slab.used = 1
        intake.accept(slab, 0, symbols)
      }
    }
  })
  return { arbiter, directory, lines, published, setAside, exceptions }
}
