// R5: a bug costs one feed one tick, never the stream; and the log has the error with its stack.
import { assert, describe, it } from "@effect/vitest"
import { TickSlab } from "../../../../../src/kernel/tick/tick-slab.ts"
import { FeedArbiter } from "../../../../../src/market/application/intake/arbitrate-feeds.ts"
import { DaemonLog } from "../../../../../src/market/layers/log/daemon-log.ts"
import { makeEventLines } from "../../../../../src/market/layers/log/event-lines.ts"
import { type ExceptionNews, makeExceptionLog } from "../../../../../src/market/layers/log/exception-log.ts"
import { makeArbitratedFeeds } from "../../../../support/arbitrated-feeds.ts"
import { writeNormalised } from "../../../../support/normalised-records.ts"

const tick = (n: number, id = "rb2701") => ({
  id,
  time: `10:00:${String(n).padStart(2, "0")}`,
  volume: 1000 + n,
  last: 3500 + n
})

describe("R5: exceptions on the line", () => {
  it("R5: a tick that threw on one feed is published from the other, with its growth", () => {
    const world = makeArbitratedFeeds({
      onCount: (feed, seq) => {
        if (feed === 0 && seq % 4 === 0) throw new RangeError(`seq ${seq}`)
      }
    })
    const [a, b] = world.lines
    for (let n = 1; n <= 40; n++) {
      a?.bring(tick(n, n % 2 === 0 ? "rb2701" : "hc2701"))
      b?.bring(tick(n, n % 2 === 0 ? "rb2701" : "hc2701"))
    }
    assert.deepStrictEqual(
      world.published.map(({ last }) => last - 3500),
      Array.from({ length: 40 }, (_, at) => at + 1)
    )
    const growths = world.published.slice(2).map(({ lastVolume }) => lastVolume)
    assert.deepStrictEqual([...new Set(growths)], [2], "nothing of the volume is counted twice or lost")
    assert.deepStrictEqual(a?.ledger.snapshot().quarantined, { exception: 10 })
    assert.strictEqual(b?.ledger.snapshot().duplicate, 30)
    assert.lengthOf(world.exceptions, 10)
    assert.deepStrictEqual(world.exceptions[0], {
      feed: 0,
      place: "judge",
      message: "RangeError: seq 4",
      instrument: "rb2701"
    })
    for (const { ledger } of world.lines) assert.isTrue(ledger.snapshot().balanced)
  })

  it("R5: the record of a tick may throw, and the rest of the batch goes on", () => {
    const world = makeArbitratedFeeds({
      onSetAside: () => {
        throw new Error("the outbox")
      }
    })
    const [a] = world.lines
    a?.bring(tick(1), { ...tick(2), last: -1 }, tick(3))
    assert.deepStrictEqual(
      world.published.map(({ last }) => last),
      [3501, 3503]
    )
    assert.deepStrictEqual(a?.ledger.snapshot().quarantined, { price_positive: 1 })
    assert.strictEqual(a?.ledger.exceptions.integrity, 1)
    assert.deepStrictEqual(
      world.exceptions.map(({ place, message }) => [place, message]),
      [["integrity", "Error: the outbox"]]
    )
  })

  it("R5: a tick that cannot be written is taken out of arbitration, so that the other feed's is no twin", () => {
    const arbiter = new FeedArbiter(2)
    const slab = new TickSlab(1)
    writeNormalised(slab, 0, { seq: 1, instrument: 0, receivedMs: 5000 })
    assert.strictEqual(arbiter.decide(slab, 0, 0), 0)
    arbiter.publish(slab, 0, 0)
    arbiter.withdraw(slab, 0)
    assert.strictEqual(arbiter.decide(slab, 0, 1), 0)
    arbiter.publish(slab, 0, 1)
    assert.notStrictEqual(arbiter.decide(slab, 0, 0), 0, "published now, so the first feed's is the twin")
  })
})

describe("R5: the log of exceptions", () => {
  it("R5: the first of a kind is one ERROR with stack and instrument, the others are counted, once a minute", () => {
    const lines: Array<Record<string, unknown>> = []
    const log = new DaemonLog({
      level: "INFO",
      account: "a",
      write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>)
    })
    let nowMs = 0
    const hear = makeEventLines(log, () => undefined)
    const note = makeExceptionLog(
      "primary",
      () => nowMs,
      (news) => hear({ type: "exception", ...news })
    )
    const fail = (): Error => new RangeError("no such number")
    for (let n = 0; n < 1000; n++) note("judge", fail(), "rb2701")
    assert.lengthOf(lines, 1)
    assert.strictEqual(lines[0]?.["level"], "ERROR")
    assert.strictEqual(lines[0]?.["instrument"], "rb2701")
    assert.match(String(lines[0]?.["stack"]), /field-exceptions\.test\.ts/)
    note("judge", new TypeError("another"), "hc2701")
    assert.lengthOf(lines, 2, "another kind does not wait")
    nowMs = 60_001
    note("judge", fail(), "rb2701")
    assert.strictEqual(lines[2]?.["count"], 999)
    assert.lengthOf(lines, 3, "the newest begins the next minute")
    note("judge", "a text", "")
    assert.include(String(lines[3]?.["message"]), "a text")
  })

  it("R5: kinds are bounded: a message or a place that differs each time fills neither memory nor log", () => {
    const told: Array<ExceptionNews> = []
    const note = makeExceptionLog(
      "primary",
      () => 0,
      (news) => void told.push(news)
    )
    for (let n = 0; n < 10_000; n++) {
      const error = new Error("x")
      error.name = `Error${n}`
      note("judge", error, "rb2701")
    }
    assert.isAtMost(told.length, 33)
  })
})
