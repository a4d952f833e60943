// The ledger is the promise of the whole line: whatever a feed sends, each tick is in exactly one column.
import { assert, describe, it } from "@effect/vitest"
import { noHours } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import type { Gap } from "../../../../../src/kernel/tick/gap.ts"
import { recordI32, SlabPool, type TickBatch, TickSlab, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { quarantineReasons, TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeNormaliseTick } from "../../../../../src/market/application/intake/normalise-tick.ts"
import { makeReplayClock } from "../../../../../src/market/application/intake/tick-clock.ts"
import { makeTickIntake, type NormaliseTick } from "../../../../../src/market/application/intake/tick-intake.ts"
import { GapRecorder } from "../../../../../src/market/application/integrity/gap-recorder.ts"
import { type SessionIntegrity, SessionTally } from "../../../../../src/market/application/integrity/session-tally.ts"
import { wholesOf } from "../../../../support/seeded-random.ts"
import { type RawTick, soundTick, writeRaw } from "../../../../support/tick-records.ts"

const ids = ["rb2701", "AP701", "SP a2501&a2505", "IF2612", "unknown", "10004405"]
const symbols = () => ({ ids: [undefined, ...ids], resolved: [-1, ...ids.map(() => -1)] })

const makeLine = (options: { readonly normalise?: NormaliseTick } = {}) => {
  let received = 0
  let dropped = 0
  const ledger = new TickLedger("test", () => ({ received, dropped, empty: true }))
  const sessions: Array<SessionIntegrity> = []
  const gaps: Array<Gap> = []
  const batches: Array<{ readonly seqs: ReadonlyArray<number> }> = []
  const raw: Array<{ readonly reason: string; readonly seq: number; readonly bytes: string }> = []
  const tally = new SessionTally(ledger, noHours, (integrity) => void sessions.push(integrity))
  const normalise =
    options.normalise ??
    makeNormaliseTick({ directory: new InstrumentDirectory(), loginTradingDay: () => 0, clock: makeReplayClock() })
  const intake = makeTickIntake({
    feed: 0,
    pool: new SlabPool({ rows: 64, keep: 2 }),
    queue: {
      room: () => 64,
      push: ({ slab, start, count }: TickBatch) => {
        batches.push({ seqs: Array.from({ length: count }, (_, at) => slab.seq(start + at)) })
      },
      whenRoom: () => undefined
    } as never,
    ledger,
    normalise,
    onQuarantined: (slab, row, reason) =>
      raw.push({
        reason: quarantineReasons[reason] ?? "?",
        seq: slab.seq(row),
        bytes: slab.bytes.slice(row * 320, row * 320 + 320).join()
      }),
    tally,
    gaps: new GapRecorder("test", (gap) => void gaps.push(gap))
  })
  const named = symbols()
  const slab = new TickSlab(64)
  return {
    ledger,
    tally,
    sessions,
    gaps,
    batches,
    raw,
    /** Numbers continue; a `lost` tick uses up its number, as in the ring. */
    feed: (ticks: ReadonlyArray<Partial<RawTick> & { readonly lost?: boolean }>) => {
      slab.used = 0
      for (const tick of ticks) {
        received++
        if (tick.lost === true) dropped++
        else writeRaw(slab, slab.used++, { ...soundTick, ...tick }, ids.indexOf(tick.id ?? "rb2701") + 1, received)
      }
      const before = slab.bytes.slice(0, slab.used * 320)
      if (slab.used > 0) intake.accept(slab, 0, named)
      return before
    },
    store: (count: number) => {
      ledger.queued -= count
      ledger.published += count
    }
  }
}

const faults: ReadonlyArray<Partial<RawTick>> = [
  {},
  { last: Number.NaN },
  { last: -1 },
  { last: 4.005552e-317, volume: -5 },
  { volume: -1 },
  { bids: [[9, 1]], asks: [[8, 1]] },
  { upper: 2, lower: 1 },
  { time: "" },
  { tradingDay: -1, actionDay: 20261120 },
  { time: "09:00:00" },
  { openInterest: -7 }
]

describe("the ledger", () => {
  it("holds for 10,000 random batches of sound, faulty, repeated, unknown and lost ticks", () => {
    const seed = 20261121
    const random = wholesOf(seed)
    let line = makeLine()
    let second = 36_000
    let volume = 0
    const columns = { duplicate: 0, quarantined: 0, dropped: 0, published: 0 }
    for (let batch = 0; batch < 10_000; batch++) {
      if (batch % 500 === 0) {
        line = makeLine()
        second = 36_000
      }
      let last: Partial<RawTick> = {}
      const ticks = Array.from({ length: random(12) }, () => {
        if (random(10) === 0) return { ...last }
        second = Math.min(second + random(2), 53_999)
        volume += random(3)
        const time = [second / 3600, (second / 60) % 60, second % 60].map((n) => String(Math.floor(n)).padStart(2, "0"))
        last = {
          id: ids[random(ids.length)] as string,
          time: time.join(":"),
          volume,
          ...(random(4) === 0 ? faults[random(faults.length)] : {})
        }
        return random(15) === 0 ? { ...last, lost: true } : last
      })
      line.feed(ticks)
      line.store(random(line.ledger.queued + 1))
      const ledger = line.ledger.snapshot()
      assert.strictEqual(
        ledger.received,
        ledger.published +
          ledger.duplicate +
          ledger.quarantinedTotal +
          ledger.conflated +
          ledger.droppedTotal +
          ledger.inFlightTotal,
        `seed ${seed}, batch ${batch}`
      )
      assert.isTrue(ledger.balanced, `seed ${seed}, batch ${batch}: ${JSON.stringify(ledger)}`)
      if (batch % 500 === 499) {
        columns.duplicate += ledger.duplicate
        columns.quarantined += ledger.quarantinedTotal
        columns.dropped += ledger.droppedTotal
        columns.published += ledger.published
        line.tally.stop()
        const [session] = line.sessions
        if (session === undefined) continue
        assert.strictEqual(
          session.received,
          session.published + session.duplicate + session.quarantined + session.dropped
        )
      }
    }
    // A column that never filled was not tested.
    for (const [name, count] of Object.entries(columns)) assert.isAbove(count, 500, name)
  })

  it("keeps the order of what goes on and the raw bytes of what does not", () => {
    const line = makeLine()
    const before = line.feed([
      {},
      { volume: -1 },
      { time: "10:00:01" },
      { time: "10:00:01" },
      { id: "unknown" },
      { time: "10:00:02", last: Number.NaN },
      { time: "10:00:03", volume: 1005 }
    ])
    assert.deepStrictEqual(line.batches, [{ seqs: [1, 3, 7] }])
    assert.deepStrictEqual(
      line.raw.map(({ reason, seq }) => `${seq} ${reason}`),
      ["2 volume_negative", "5 unknown_instrument", "6 price_finite"]
    )
    for (const { seq, bytes } of line.raw) {
      assert.strictEqual(bytes, before.slice((seq - 1) * 320, seq * 320).join(), `tick ${seq}`)
    }
    assert.strictEqual(line.ledger.duplicate, 1)
  })

  it("continues after a step that throws, and counts that tick under exception", () => {
    const line = makeLine({
      normalise: (slab, row) => {
        if (slab.i32[row * recordI32 + word.volume] === 13) throw new Error("poison")
        slab.u32[row * recordI32 + word.verdict] = 0
        return 0
      }
    })
    line.feed([{ volume: 12 }, { volume: 13 }, { volume: 14 }])
    assert.deepStrictEqual(line.batches, [{ seqs: [1, 3] }])
    assert.deepStrictEqual(line.ledger.snapshot().quarantined, { exception: 1 })
  })
})

describe("holes and sessions on the line", () => {
  it("reports a hole with its numbers and the times around it", () => {
    const line = makeLine()
    line.feed([{}, { lost: true }, { lost: true }, { time: "10:00:01" }])
    line.feed([{ lost: true }])
    line.feed([{ time: "10:00:02" }])
    const at = (second: number) => Date.UTC(2026, 10, 20, 2, 0, second) + soundTick.lateMs
    assert.deepStrictEqual(
      line.gaps.map(({ cause, state, count, seqs, fromMs, toMs }) => ({ cause, state, count, seqs, fromMs, toMs })),
      [
        { cause: "ring_overrun", state: "closed", count: 2, seqs: [2, 3], fromMs: at(0), toMs: at(1) },
        { cause: "ring_overrun", state: "closed", count: 1, seqs: [5, 5], fromMs: at(1), toMs: at(2) }
      ]
    )
    assert.strictEqual(line.ledger.snapshot().droppedTotal, 3)
  })

  it("closes a session with the first tick of the next, and counts that one to the next", () => {
    const line = makeLine()
    const night = { id: "rb2701", tradingDay: 20261120 }
    line.feed([
      { ...night, time: "22:59:58", actionDay: 20261119, volume: 10 },
      { ...night, time: "22:59:59", actionDay: 20261119, volume: 12 },
      { ...night, time: "09:00:00", volume: 15 },
      { ...night, time: "09:00:00", volume: 15 },
      { ...night, time: "09:00:07", volume: -1 },
      { ...night, time: "09:00:09", volume: 16 }
    ])
    line.tally.stop()
    const [evening, day] = line.sessions
    assert.deepStrictEqual(
      [evening?.session, evening?.received, evening?.published, evening?.ended, evening?.joinedLate],
      ["night", 2, 2, true, 1]
    )
    assert.deepStrictEqual(
      [day?.session, day?.tradingDay, day?.received, day?.published, day?.duplicate, day?.quarantined, day?.ended],
      ["day", 20261120, 4, 2, 1, 1, false]
    )
    assert.strictEqual(day?.joinedLate, 0)
    assert.strictEqual(day?.instruments[0]?.longestSilenceMs, 9000)
  })
})
