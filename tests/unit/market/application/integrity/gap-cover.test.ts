// A loss that the other feed covered must not wake an operator, and a loss of both feeds must never count as covered.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import type { Gap } from "../../../../../src/kernel/tick/gap.ts"
import { GapCover } from "../../../../../src/market/application/integrity/gap-cover.ts"
import { GapRecorder } from "../../../../../src/market/application/integrity/gap-recorder.ts"
import { certify } from "../../../../../src/market/application/integrity/session-certificate.ts"
import { SessionLate } from "../../../../../src/market/application/integrity/session-late.ts"
import type { SessionIntegrity } from "../../../../../src/market/application/integrity/session-tally.ts"
import { CertificateMessageJson } from "../../../../../src/protocol/market/certificate-message.ts"
import { gapMessage } from "../../../../../src/protocol/market/gap-message.ts"

/** Two feeds that stream since 0 and had a tick at 1000. */
const world = () => {
  const told: Array<Gap> = []
  const feeds = ["primary", "backup"].map(
    (feed) =>
      new GapRecorder(
        feed,
        (gap) => void told.push(gap),
        () => true
      )
  )
  const cover = new GapCover(feeds)
  const [a, b] = feeds as [GapRecorder, GapRecorder]
  for (const one of feeds) {
    one.session("streaming", 0)
    one.ticksArrived(1000)
  }
  return {
    a,
    b,
    look: (nowMs: number) => cover.look(nowMs),
    /** Records since the last call: feed, cause, state, covering feed. */
    told: () => told.splice(0).map(({ feed, cause, state, coveredBy }) => [feed, cause, state, coveredBy])
  }
}

/** Both feeds' looks and the cover's, each second from `fromMs` on. */
const lookAll = ({ a, b, look }: ReturnType<typeof world>, fromMs: number, seconds: number) => {
  for (let nowMs = fromMs; nowMs < fromMs + seconds * 1000; nowMs += 1000) {
    for (const one of [a, b]) one.look(nowMs, 0, "trading")
    look(nowMs)
  }
}

describe("gaps of liquid instruments", () => {
  it("do not count while another feed covers them, and count once that feed fails too", () => {
    const pair = world()
    const { a, b } = pair
    a.session("backingOff", 1100)
    b.ticksArrived(1200)
    lookAll(pair, 1300, 20)
    assert.deepStrictEqual([[...a.liquidBy], [...b.liquidBy]], [[], []])
    b.session("backingOff", 22_000)
    lookAll(pair, 22_000, 5)
    assert.deepStrictEqual([[...a.liquidBy], [...b.liquidBy]], [[["session_down", 1]], [["session_down", 1]]])
    lookAll(pair, 27_000, 20)
    assert.strictEqual(a.liquidBy.get("session_down"), 1)
  })

  it("never count when they were covered to their end, whatever happens later", () => {
    const pair = world()
    const { a, b } = pair
    a.hole(5, 8, 1000, 1500)
    b.ticksArrived(1600)
    lookAll(pair, 1700, 20)
    b.session("backingOff", 22_000)
    a.ticksArrived(22_100)
    lookAll(pair, 22_200, 20)
    assert.deepStrictEqual([[...a.liquidBy], [...b.liquidBy]], [[], []])
  })

  it("count at once when no other feed can have their ticks", () => {
    const { a } = world()
    a.lostAtStop(3, 5, 8, 1500)
    assert.deepStrictEqual([...a.liquidBy], [["broker_outage", 1]])
  })
})

describe("gaps that another feed covers", () => {
  it("are reported as covered once the other has ticked behind them, and counted once", () => {
    const { a, b, look, told } = world()
    a.hole(5, 8, 1000, 1500)
    look(1600)
    assert.deepStrictEqual(told(), [["primary", "ring_overrun", "closed", undefined]])
    b.ticksArrived(1501)
    look(1700)
    look(1800)
    assert.deepStrictEqual(told(), [["primary", "ring_overrun", "closed", "backup"]])
    assert.strictEqual(a.counted, 4)
  })

  it("are not covered by a feed that lost something at the same time, known at once or later", () => {
    const { a, b, look, told } = world()
    a.hole(5, 8, 1000, 1500)
    b.hole(7, 7, 1400, 1450)
    b.ticksArrived(1600)
    a.ticksArrived(1600)
    look(1700)
    assert.deepStrictEqual(
      told().map(([, , , by]) => by),
      [undefined, undefined]
    )
  })

  it("stay covered when the feed that covered them fails later", () => {
    const { a, b, look, told } = world()
    a.session("backingOff", 1100)
    look(1200)
    b.ticksArrived(2000)
    a.session("streaming", 2100)
    a.ticksArrived(2200)
    b.ticksArrived(2300)
    look(2400)
    told()
    a.ticksArrived(2900)
    b.session("backingOff", 3000)
    look(3100)
    assert.deepStrictEqual(told(), [
      ["backup", "session_down", "open", undefined],
      ["backup", "session_down", "open", "primary"]
    ])
  })

  it("are covered so far while they are open, until the other fails too", () => {
    const { a, b, look, told } = world()
    a.session("backingOff", 1100)
    look(1200)
    assert.deepStrictEqual(told(), [
      ["primary", "session_down", "open", undefined],
      ["primary", "session_down", "open", "backup"]
    ])
    b.ticksArrived(2000)
    look(2100)
    assert.deepStrictEqual(told(), [])
    b.session("backingOff", 2500)
    look(2600)
    assert.deepStrictEqual(told(), [
      ["backup", "session_down", "open", undefined],
      ["primary", "session_down", "open", undefined]
    ])
    a.session("streaming", 3000)
    a.ticksArrived(3100)
    look(3200)
    assert.deepStrictEqual(told(), [["primary", "session_down", "closed", undefined]])
  })

  it("stay covered when they close while the other stands", () => {
    const { a, look, told } = world()
    a.session("backingOff", 1100)
    look(1200)
    a.session("streaming", 3000)
    a.ticksArrived(3100)
    look(3200)
    assert.deepStrictEqual(told().slice(2), [["primary", "session_down", "closed", "backup"]])
  })

  it("are not covered by a feed that came later, rests, or brings nothing any more", () => {
    const cases: ReadonlyArray<(made: ReturnType<typeof world>) => void> = [
      ({ b }) => {
        b.session("resting", 900)
        b.session("streaming", 1200)
        b.ticksArrived(1700)
      }
    ]
    for (const change of cases) {
      const made = world()
      made.b.ticksArrived(1600)
      change(made)
      made.a.hole(5, 8, 1000, 1500)
      for (let nowMs = 1600; nowMs < 20_000; nowMs += 500) made.look(nowMs)
      assert.deepStrictEqual(made.told(), [["primary", "ring_overrun", "closed", undefined]])
    }
    const silent = world()
    silent.a.hole(5, 8, 1000, 1500)
    for (let nowMs = 1600; nowMs < 12_000; nowMs += 500) silent.look(nowMs)
    silent.b.ticksArrived(12_000)
    silent.look(12_100)
    assert.strictEqual(silent.told().length, 1, "a tick ten seconds later proves nothing")
  })

  it("are not covered by a feed that has a part of its contracts, or had one when they began", () => {
    const whole = [true, false]
    const told: Array<Gap> = []
    const [a, b] = ["primary", "backup"].map((feed) => new GapRecorder(feed, (gap) => void told.push(gap))) as [
      GapRecorder,
      GapRecorder
    ]
    const cover = new GapCover([a, b], (feed) => whole[feed] === true)
    b.session("streaming", 0)
    b.ticksArrived(1000)
    const hole = (seq: number, atMs: number) => {
      a.hole(seq, seq, atMs, atMs + 100)
      b.ticksArrived(atMs + 200)
      cover.look(atMs + 300)
      return told.at(-1)?.coveredBy
    }
    assert.isUndefined(hole(1, 2000))
    whole[1] = true
    assert.isUndefined(hole(2, 3000), "what was missing before is known at the look")
    assert.strictEqual(hole(3, 4000), "backup")
    // After a new login, the feed requests its contracts once more.
    b.session("backingOff", 5000)
    b.session("streaming", 5100)
    assert.isUndefined(hole(4, 5200))
    assert.strictEqual(hole(5, 6000), "backup")
  })

  it("are never what the line itself gave up", () => {
    const { a, b, look, told } = world()
    a.overflow(5, 6, 2, 1000, 1100)
    a.closeOverflow()
    a.lostAtStop(3, 7, 9, 1200)
    b.ticksArrived(1500)
    look(1600)
    assert.isTrue(told().every(([, , , by]) => by === undefined))
  })

  it("stand in records and certificates as what they are", () => {
    const { a, b, look } = world()
    a.hole(5, 8, 1000, 1500)
    b.ticksArrived(1600)
    look(1700)
    const integrity: SessionIntegrity = {
      feed: "primary",
      tradingDay: 20261120,
      session: "day",
      ended: true,
      joinedLate: 0,
      received: 10,
      published: 6,
      duplicate: 0,
      quarantined: 0,
      dropped: 4,
      late: new SessionLate(),
      firstReceivedMs: 1000,
      lastReceivedMs: 2000,
      instruments: [],
      acceptedUntil: 6
    }
    const certificateWith = (gaps: ReadonlyArray<Gap>) => {
      const made = certify({
        instance: "test",
        integrity,
        gaps,
        directory: new InstrumentDirectory(),
        nowMs: 0,
        lost: 0
      })
      return Schema.decodeUnknownSync(CertificateMessageJson)(made.at(-1)?.text)
    }
    const gaps = a.between(0, 5000)
    assert.strictEqual(gapMessage(gaps[0] as Gap).covered_by, "backup")
    assert.isTrue(certificateWith(gaps).complete)
    assert.deepStrictEqual(certificateWith(gaps.map((gap) => ({ ...gap, coveredBy: undefined }))).incomplete_because, [
      "4 ticks dropped",
      "gap: ring_overrun, closed"
    ])
  })
})
