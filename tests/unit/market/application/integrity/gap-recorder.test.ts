// A consumer distinguishes silence from loss by these records only: each must open, close and count once.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { Gap } from "../../../../../src/kernel/tick/gap.ts"
import { GapRecorder } from "../../../../../src/market/application/integrity/gap-recorder.ts"
import { GapMessageJson, gapMessage } from "../../../../../src/protocol/market/gap-message.ts"

const decode = Schema.decodeUnknownSync(GapMessageJson)

const makeTracker = () => {
  const told: Array<Gap> = []
  return { told, gaps: new GapRecorder("primary", (gap) => void told.push(gap)) }
}
const brief = (told: ReadonlyArray<Gap>) => told.map(({ cause, state, fromMs, toMs }) => [cause, state, fromMs, toMs])

describe("GapRecorder", () => {
  it("opens when a session that streamed is lost, and closes with the first tick behind it", () => {
    const { told, gaps } = makeTracker()
    gaps.session("connecting", 1)
    gaps.session("backingOff", 2)
    assert.deepStrictEqual(told, [])
    gaps.session("streaming", 3)
    gaps.ticksArrived(1000)
    gaps.session("backingOff", 1500)
    gaps.session("loggingIn", 2500)
    gaps.session("streaming", 3000)
    assert.deepStrictEqual(brief(told), [["session_down", "open", 1000, undefined]])
    gaps.ticksArrived(3200)
    gaps.ticksArrived(3300)
    assert.deepStrictEqual(brief(told).slice(1), [["session_down", "closed", 1000, 3200]])
    assert.strictEqual(told[0]?.id, told[1]?.id)
    assert.isUndefined(told[1]?.count)
  })

  it("counts a gap as one of liquid instruments once, if they trade when it begins", () => {
    let isLiquid = true
    const gaps = new GapRecorder(
      "primary",
      () => {},
      () => isLiquid
    )
    const counted = () => [[...gaps.reportedBy], [...gaps.liquidBy]]
    gaps.session("streaming", 0)
    gaps.ticksArrived(1000)
    gaps.session("backingOff", 1500)
    gaps.session("streaming", 1600)
    gaps.ticksArrived(2000)
    gaps.look(2000, 0, "trading")
    gaps.look(4999, 0, "trading")
    assert.deepStrictEqual(counted(), [[["session_down", 1]], []])
    for (const nowMs of [5000, 6000]) gaps.look(nowMs, 0, "trading")
    assert.deepStrictEqual(counted(), [[["session_down", 1]], [["session_down", 1]]])
    isLiquid = false
    gaps.session("backingOff", 6500)
    gaps.session("streaming", 6600)
    gaps.ticksArrived(7000)
    for (const nowMs of [8000, 12_000]) gaps.look(nowMs, 0, "trading")
    assert.deepStrictEqual(counted(), [[["session_down", 2]], [["session_down", 1]]])
  })

  it("misses nothing while a session rests or is stopped on purpose", () => {
    const { told, gaps } = makeTracker()
    gaps.session("streaming", 0)
    gaps.ticksArrived(10)
    gaps.session("resting", 20)
    gaps.session("draining", 30)
    assert.deepStrictEqual(told, [])
  })

  it("hears silence in trading hours only, once, and not while the session is down", () => {
    const { told, gaps } = makeTracker()
    gaps.session("streaming", 0)
    gaps.ticksArrived(1000)
    gaps.look(5000, 10_000, "trading")
    gaps.look(12_000, 0, "trading")
    assert.deepStrictEqual(told, [])
    gaps.look(12_000, 10_000, "trading")
    gaps.look(13_000, 10_000, "trading")
    gaps.ticksArrived(14_000)
    assert.deepStrictEqual(brief(told), [
      ["feed_silent", "open", 1000, undefined],
      ["feed_silent", "closed", 1000, 14_000]
    ])
    gaps.session("backingOff", 15_000)
    gaps.look(60_000, 10_000, "trading")
    assert.deepStrictEqual(brief(told).slice(2), [["session_down", "open", 14_000, undefined]])
  })

  it("does not take ticks that the ring had no room for for silence", () => {
    const { told, gaps } = makeTracker()
    gaps.session("streaming", 0)
    gaps.ticksArrived(1000)
    gaps.look(9000, 10_000, "trading", 0, 7)
    gaps.look(12_000, 10_000, "trading", 0, 7)
    assert.deepStrictEqual(told, [])
    gaps.look(19_500, 10_000, "trading", 0, 7)
    assert.deepStrictEqual(brief(told), [["feed_silent", "open", 9000, undefined]])
  })

  it("does not take a break for silence, nor the first moments behind it", () => {
    const { told, gaps } = makeTracker()
    gaps.session("streaming", 0)
    gaps.ticksArrived(1000)
    gaps.look(1500, 10_000, "break")
    gaps.look(90_000, 10_000, "break")
    gaps.look(90_100, 10_000, "trading")
    gaps.look(99_000, 10_000, "trading")
    assert.deepStrictEqual(told, [])
    gaps.look(100_200, 10_000, "trading")
    assert.deepStrictEqual(brief(told), [["feed_silent", "open", 90_000, undefined]])
  })

  it("hears a feed that never brought a tick, and not one whose ticks wait to be read", () => {
    const { told, gaps } = makeTracker()
    gaps.session("streaming", 500)
    gaps.look(20_000, 10_000, "trading", 7)
    assert.deepStrictEqual(told, [])
    gaps.look(20_000, 10_000, "trading", 0)
    assert.deepStrictEqual(brief(told), [["feed_silent", "open", 500, undefined]])
  })

  it("misses nothing of a session that dials before the market opens, and reports when it is still down then", () => {
    const { told, gaps } = makeTracker()
    gaps.session("streaming", 0)
    gaps.ticksArrived(1000)
    gaps.session("resting", 2000, "closed")
    gaps.look(50_000, 10_000, "closed")
    gaps.session("connecting", 50_010, "preOpen")
    gaps.look(50_900, 10_000, "preOpen")
    assert.deepStrictEqual(told, [])
    gaps.look(51_000, 10_000, "auction")
    gaps.look(52_000, 10_000, "break")
    assert.deepStrictEqual(brief(told), [
      ["session_down", "open", 50_900, undefined],
      ["session_down", "closed", 50_900, 52_000]
    ])
  })

  it("reports one that was closed and continues as another gap", () => {
    const { told, gaps } = makeTracker()
    gaps.session("streaming", 0)
    gaps.ticksArrived(1000)
    gaps.session("backingOff", 1500)
    gaps.session("stopped", 2000)
    gaps.session("connecting", 2300)
    gaps.ticksArrived(4000)
    assert.deepStrictEqual(brief(told), [
      ["session_down", "open", 1000, undefined],
      ["session_down", "closed", 1000, 2000],
      ["session_down", "open", 2000, undefined],
      ["session_down", "closed", 2000, 4000]
    ])
    assert.strictEqual(new Set(told.map(({ id }) => id)).size, 2)
  })

  it("reports what was lost with a store, apart from what was lost on the way to it", () => {
    const { told, gaps } = makeTracker()
    gaps.hole(2, 4, 100, 200)
    const had = { count: 90, firstSeq: 1, lastSeq: 95, firstMs: 150, lastMs: 900 }
    gaps.storeLost(had, 90, 1000)
    gaps.storeLost(had, 10, 2000)
    gaps.end()
    gaps.hole(96, 97, 2000, 2100)
    gaps.lostAtStop(3, 96, 98, 3000)
    assert.deepStrictEqual(
      told.map(({ cause, count, seqs, fromMs, toMs }) => [cause, count, seqs, fromMs, toMs]),
      [
        ["ring_overrun", 3, [2, 4], 100, 200],
        ["store_lost", 90, [1, 95], 150, 900],
        ["store_lost", 10, undefined, 150, 900],
        ["broker_outage", 3, [96, 98], 3000, 3000]
      ]
    )
    assert.strictEqual(gaps.counted, 6)
  })

  it("lays a hole to the broker when it was away", () => {
    const { told, gaps } = makeTracker()
    gaps.hole(2, 4, 100, 200)
    gaps.broker("down", 1000)
    gaps.broker("down", 1500)
    gaps.hole(8, 9, 1100, 1900)
    gaps.broker("up", 2000)
    gaps.hole(20, 20, 5000, 5100)
    gaps.hole(30, 31, 90_000, 90_100)
    assert.deepStrictEqual(
      told.map(({ cause, count, seqs }) => [cause, count, seqs]),
      [
        ["ring_overrun", 3, [2, 4]],
        ["broker_outage", 2, [8, 9]],
        ["broker_outage", 1, [20, 20]],
        ["ring_overrun", 2, [30, 31]]
      ]
    )
  })

  it("reports what a stop could not send, and nothing when there was nothing", () => {
    const { told, gaps } = makeTracker()
    gaps.ticksArrived(1000)
    gaps.lostAtStop(0, 5, 4, 2000)
    gaps.lostAtStop(17, 5, 30, 2000)
    assert.deepStrictEqual(
      told.map(({ cause, count, state, fromMs, toMs }) => [cause, count, state, fromMs, toMs]),
      [["broker_outage", 17, "closed", 1000, 2000]]
    )
  })

  it("lists the gaps of a session in their last state", () => {
    const { gaps } = makeTracker()
    gaps.hole(1, 1, 10, 20)
    gaps.session("streaming", 0)
    gaps.ticksArrived(100)
    gaps.session("backingOff", 110)
    gaps.ticksArrived(200)
    assert.deepStrictEqual(brief(gaps.between(50, 300)), [["session_down", "closed", 100, 200]])
    assert.strictEqual(gaps.between(0, 300).length, 2)
    assert.strictEqual(gaps.between(201, 300).length, 0)
  })

  it("is written as its schema reads it", () => {
    const { told, gaps } = makeTracker()
    gaps.hole(2, 4, 100.5, 200)
    gaps.session("streaming", 0)
    gaps.session("failed", 300)
    for (const gap of told) assert.deepStrictEqual(decode(JSON.stringify(gapMessage(gap))), gapMessage(gap))
  })
})

it("has an id of its own in the stream of all runs, each of which counts from one again", () => {
  const ids = [1000, 900_000].flatMap((startMs) => {
    const { told, gaps } = makeTracker()
    gaps.hole(301, 340, startMs + 10, startMs + 20)
    gaps.ticksArrived(startMs + 30)
    gaps.lostAtStop(7, 341, 350, startMs + 50)
    return told.map(({ id }) => id)
  })
  assert.strictEqual(new Set(ids).size, 4)
})

describe("an overflow", () => {
  it("is one gap while it lasts, reported when it opens, at most once a second, and when it ends", () => {
    const { told, gaps } = makeTracker()
    const shown = () =>
      told.splice(0).map(({ id, state, fromMs, toMs, count, seqs }) => [id, state, fromMs, toMs, count, seqs])
    gaps.overflow(10, 19, 10, 1000.5, 1020)
    assert.deepStrictEqual(shown(), [["primary-queue_overflow-10-1000", "open", 1000.5, undefined, 10, [10, 19]]])
    for (let nowMs = 1100; nowMs < 3100; nowMs += 100) {
      // A conflated tick may be older than those that were dropped before.
      gaps.overflow(nowMs === 1500 ? 5 : nowMs, nowMs, 2, nowMs - 50, nowMs)
      gaps.look(nowMs, 0, "trading")
    }
    assert.deepStrictEqual(shown(), [
      ["primary-queue_overflow-10-1000", "open", 1000.5, undefined, 12, [10, 1100]],
      ["primary-queue_overflow-10-1000", "open", 1000.5, undefined, 32, [5, 2100]]
    ])
    gaps.look(3100, 0, "trading")
    gaps.look(4100, 0, "trading")
    gaps.look(5100, 0, "trading")
    assert.deepStrictEqual(shown(), [
      ["primary-queue_overflow-10-1000", "open", 1000.5, undefined, 50, [5, 3000]],
      ["primary-queue_overflow-10-1000", "closed", 1000.5, 3000, 50, [5, 3000]]
    ])
    gaps.overflow(6000, 6000, 1, 6000, 6000)
    gaps.closeOverflow()
    gaps.closeOverflow()
    assert.deepStrictEqual(shown(), [
      ["primary-queue_overflow-6000-6000", "open", 6000, undefined, 1, [6000, 6000]],
      ["primary-queue_overflow-6000-6000", "closed", 6000, 6000, 1, [6000, 6000]]
    ])
  })

  it("is counted as it grows, whatever was reported of it, and not behind the end", () => {
    const { told, gaps } = makeTracker()
    gaps.overflow(10, 19, 10, 1000, 1020)
    gaps.overflow(20, 29, 7, 1021, 1040)
    assert.strictEqual(gaps.counted, 17)
    // Drops of a previous run's spool belong to that run's integrity.
    gaps.overflow(5, 9, 5, 900, 990, "earlier")
    assert.strictEqual(gaps.counted, 17)
    gaps.look(5000, 0, "closed")
    gaps.look(6000, 0, "closed")
    gaps.end()
    gaps.overflow(30, 30, 1, 7000, 7000)
    assert.deepStrictEqual(
      told.map(({ state, count }) => [state, count]),
      [
        ["open", 10],
        ["open", 5],
        ["open", 17],
        ["closed", 5],
        ["closed", 17]
      ]
    )
    assert.strictEqual(gaps.counted, 17)
  })

  it("of a previous run is a gap of its own, and of each earlier run one: their numbers begin anew", () => {
    const { told, gaps } = makeTracker()
    gaps.overflow(1, 9, 9, 5000, 5100)
    gaps.overflow(700, 799, 100, 1000, 1100, "earlier")
    gaps.overflow(800, 899, 100, 1200, 1300, "earlier")
    gaps.overflow(3, 49, 40, 3000, 3100, "earlier")
    gaps.closeOverflow()
    const closed = told
      .filter(({ state }) => state === "closed")
      .map(({ fromMs, count, seqs }) => [fromMs, count, seqs])
    assert.deepStrictEqual(closed, [
      [1000, 200, [700, 899]],
      [5000, 9, [1, 9]],
      [3000, 40, [3, 49]]
    ])
    assert.strictEqual(new Set(told.map(({ id }) => id)).size, 3)
    assert.strictEqual(gaps.counted, 9)
  })
})
