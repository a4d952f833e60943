// The verdict of a drill is what a consumer reads: each planted fault is found, and a clean stream of two feeds has
// none.
import { assert, describe, it } from "@effect/vitest"
import { StreamFigures } from "../../../../../src/ops/layers/drill/stream-figures.ts"
import type { TickMessage } from "../../../../../src/protocol/market/tick/tick-fields.ts"

const subject = "md.tick.SHFE.rb2701"
/** Tick `n` of a market with 3 lots a tick. */
const tick = (n: number, more: Partial<TickMessage> = {}): TickMessage => ({
  symbol: "rb2701",
  exchange: "SHFE",
  datetime: "2026-11-26T02:00:00.000Z",
  ts: 1_000_000 + n * 500,
  trading_day: "20261126",
  volume: n * 3,
  last_volume: 3,
  last_price: 3000 + n,
  feed: n % 2 === 0 ? "primary" : "backup",
  seq: n,
  recv_ts: 1_000_010 + n * 500,
  ...more
})
const read = (ticks: ReadonlyArray<TickMessage>) => {
  const figures = new StreamFigures()
  for (const one of ticks) figures.record(subject, one, one.recv_ts + 2)
  const { lost, outOfOrder, repeated } = figures
  return { figures, faults: { lost, repeated, outOfOrder } }
}
const run = (...numbers: ReadonlyArray<number>) => numbers.map((n) => tick(n))

describe("figures of a drill", () => {
  it("find nothing in a whole stream of two feeds", () => {
    assert.deepStrictEqual(read(run(1, 2, 3, 4, 5)).faults, { lost: 0, repeated: 0, outOfOrder: 0 })
  })

  it("find a tick that is missing between two others", () => {
    const { faults, figures } = read(run(1, 2, 4, 5))
    assert.deepStrictEqual(faults, { lost: 1, repeated: 0, outOfOrder: 0 })
    assert.match(figures.examples.join(), /3 lots are in no stored tick before it/)
  })

  it("find the twin that another feed delivered, and not an equal tick of the same feed", () => {
    const twin = tick(3, { feed: "primary", seq: 90, recv_ts: 1_001_900 })
    assert.deepStrictEqual(read([...run(1, 2, 3), twin, tick(4)]).faults, { lost: 0, repeated: 1, outOfOrder: 0 })
    const image = tick(3, { last_volume: 0, seq: 4 })
    assert.deepStrictEqual(read([...run(1, 2, 3), image]).faults, { lost: 0, repeated: 0, outOfOrder: 0 })
  })

  it("find an older tick behind a newer one", () => {
    assert.strictEqual(read(run(1, 2, 4, 3)).faults.outOfOrder, 1)
    assert.strictEqual(read([...run(1, 2, 3), tick(4, { recv_ts: 1 })]).faults.outOfOrder, 1)
  })

  it("leave out what the market itself sends: images, flagged ticks and a new trading day", () => {
    const image = tick(2, { flags: ["snapshot"], feed: "backup" })
    const fell = tick(3, { flags: ["time_fell"], ts: 1 })
    const next = tick(4, { trading_day: "20261127", volume: 3, last_volume: 3 })
    assert.deepStrictEqual(read([...run(1, 2), image, fell, next]).faults, { lost: 0, repeated: 0, outOfOrder: 0 })
  })

  it("name the longest time without a tick of each instrument", () => {
    const { figures } = read(run(1, 2, 3, 4))
    figures.record("md.tick.SHFE.au2702", tick(1), 0)
    assert.deepStrictEqual(figures.quietest(1), [{ subject, ms: 500, untilMs: 1_001_010 }])
    assert.strictEqual(figures.instrumentsSeen, 2)
  })

  it("watch for the first tick of a feed that was received after the request", () => {
    const figures = new StreamFigures()
    const found: Array<number> = []
    figures.watch("backup", 1_001_000, (readMs) => void found.push(readMs))
    for (const one of run(1, 2, 3, 5)) figures.record(subject, one, one.recv_ts + 2)
    assert.deepStrictEqual(found, [1_001_512])
  })
})
