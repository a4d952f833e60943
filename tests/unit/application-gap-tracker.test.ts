// A consumer tells silence from loss by these records alone: each must open, close and count once.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { GapTracker } from "../../src/application/gap-tracker.ts"
import type { Gap } from "../../src/domain/gap.ts"
import { GapMessageJson, gapMessage } from "../../src/protocol/gap-message.ts"

const decode = Schema.decodeUnknownSync(GapMessageJson)

const makeTracker = () => {
  const told: Array<Gap> = []
  return { told, gaps: new GapTracker("primary", (gap) => void told.push(gap)) }
}
const brief = (told: ReadonlyArray<Gap>) => told.map(({ cause, state, fromMs, toMs }) => [cause, state, fromMs, toMs])

describe("GapTracker", () => {
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
    gaps.look(5000, 10_000, true)
    gaps.look(12_000, 10_000, false)
    gaps.look(12_000, 0, true)
    assert.deepStrictEqual(told, [])
    gaps.look(12_000, 10_000, true)
    gaps.look(13_000, 10_000, true)
    gaps.ticksArrived(14_000)
    assert.deepStrictEqual(brief(told), [
      ["feed_silent", "open", 1000, undefined],
      ["feed_silent", "closed", 1000, 14_000]
    ])
    gaps.session("backingOff", 15_000)
    gaps.look(60_000, 10_000, true)
    assert.deepStrictEqual(brief(told).slice(2), [["session_down", "open", 14_000, undefined]])
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

  it("tells what a stop could not hand over, and nothing when there was nothing", () => {
    const { told, gaps } = makeTracker()
    gaps.ticksArrived(1000)
    gaps.lostAtStop(0, 2000)
    gaps.lostAtStop(17, 2000)
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

describe("an overflow", () => {
  it("is one gap while it goes on, told when it opens, at most once a second, and when it ends", () => {
    const { told, gaps } = makeTracker()
    const shown = () =>
      told.splice(0).map(({ id, state, fromMs, toMs, count, seqs }) => [id, state, fromMs, toMs, count, seqs])
    gaps.overflow(10, 19, 10, 1000.5, 1020)
    assert.deepStrictEqual(shown(), [["primary-queue_overflow-10-1000", "open", 1000.5, undefined, 10, [10, 19]]])
    for (let nowMs = 1100; nowMs < 3100; nowMs += 100) {
      // A conflated tick may be older than those that gave way before.
      gaps.overflow(nowMs === 1500 ? 5 : nowMs, nowMs, 2, nowMs - 50, nowMs)
      gaps.look(nowMs, 0, true)
    }
    assert.deepStrictEqual(shown(), [
      ["primary-queue_overflow-10-1000", "open", 1000.5, undefined, 12, [10, 1100]],
      ["primary-queue_overflow-10-1000", "open", 1000.5, undefined, 32, [5, 2100]]
    ])
    gaps.look(3100, 0, true)
    gaps.look(4100, 0, true)
    gaps.look(5100, 0, true)
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
})
