// A daemon that takes its stream back must send what the other one left out, and nothing that the other one stored.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { exchanges } from "../../../../../src/kernel/instrument/exchange.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import type { Link } from "../../../../../src/market/adapters/jetstream/link.ts"
import { makeLookBack } from "../../../../../src/market/layers/publish/stored-by-other.ts"

const subject = "md.tick.CZCE.SR.SR701"
const tick = (ts: number, volume: number, more: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    symbol: "SR701",
    exchange: "CZCE",
    datetime: "x",
    ts,
    volume,
    feed: "a",
    seq: 1,
    recv_ts: 1,
    ...more
  })

/** What is superseded when `stored` is the newest message of the contract. */
const look = (stored: string | undefined, nowMs = 10_000) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(nowMs)
    const directory = new InstrumentDirectory()
    directory.resolve("SR701", exchanges.indexOf("CZCE"))
    const link = {
      lastOf: () =>
        Effect.succeed(
          stored === undefined ? undefined : { seq: 7, subject, data: new TextEncoder().encode(stored), storedMs: 5000 }
        )
    }
    const isSuperseded = yield* makeLookBack({ directory, subjects: { subjectOf: () => subject } })(
      link as unknown as Link
    )
    return (text: string, receivedMs = 1) => isSuperseded(subject, text, receivedMs)
  })

describe("what another writer has stored", () => {
  it.effect("U1: is not sent again, whichever feed and number it has here, and what is younger is sent", () =>
    Effect.gen(function* () {
      const isSuperseded = yield* look(tick(5000, 40, { feed: "b", seq: 99, recv_ts: 5003.5, last_volume: 3 }))
      assert.deepStrictEqual(
        [tick(4500, 39), tick(5000, 39), tick(5000, 40), tick(5000, 41), tick(5500, 41)].map((text) =>
          isSuperseded(text)
        ),
        [true, true, true, false, false]
      )
    })
  )

  it.effect("U1: of one second and volume, those in front of the newest one's twin are behind it", () =>
    Effect.gen(function* () {
      const ledger = (bid: number) => tick(5000, 40, { bid_price_1: bid })
      const isSuperseded = yield* look(ledger(2))
      const verdicts = [tick(4000, 40), ledger(1), ledger(2), ledger(3)].map((text) => isSuperseded(text))
      assert.deepStrictEqual(verdicts, [true, true, true, false])
      // It is unknown whether it is in front: sent, and in the worst case twice.
      const unsure = yield* look(ledger(2))
      assert.strictEqual(unsure(ledger(1)), false)
    })
  )

  it.effect("U1: a contract that the other one never stored loses nothing, and the look ends by itself", () =>
    Effect.gen(function* () {
      const isSuperseded = yield* look(undefined)
      assert.strictEqual(isSuperseded(tick(1, 1)), false)
      assert.isUndefined(isSuperseded(tick(1, 1), 13_000))
    })
  )

  it.effect("U1: of a form that is not read here the times of receiving and of storing decide", () =>
    Effect.gen(function* () {
      const isSuperseded = yield* look("\u0080\u0004 a pickle")
      assert.strictEqual(isSuperseded("\u0080\u0004 another", 5000), true)
      assert.strictEqual(isSuperseded("\u0080\u0004 another", 5001), false)
    })
  )
})
