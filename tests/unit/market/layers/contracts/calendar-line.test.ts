// One calendar decides a tick's day, a session's rest and the laws: two would disagree on a holiday.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readCalendar } from "../../../../../src/app/calendar-source.ts"
import { shippedCalendar } from "../../../../../src/kernel/calendar/holidays.ts"
import { chinaCalendar, type TradingCalendar } from "../../../../../src/kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../../../../src/kernel/calendar/trading-sessions.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { LatencyHistogram } from "../../../../../src/kernel/latency-histogram.ts"
import { recordI32, SlabPool, TickSlab, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { makeMetrics } from "../../../../../src/market/adapters/prometheus/metrics.ts"
import { TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeCalendarWatch } from "../../../../../src/market/layers/contracts/calendar-watch.ts"
import { EventBus } from "../../../../../src/market/layers/events/daemon-events.ts"
import { makeAsking } from "../../../../../src/market/layers/feeds/feed-subscriptions.ts"
import { marketHoursOf } from "../../../../../src/market/layers/feeds/market-hours.ts"
import { makeFeedIntake } from "../../../../../src/market/layers/feeds/tick-line.ts"
import { ledgerMessage } from "../../../../../src/market/layers/status/daemon-status.ts"
import { metricBounds } from "../../../../../src/market/layers/status/metric-bounds.ts"
import type { StatusMessage } from "../../../../../src/protocol/market/status.ts"
import { type RawTick, soundTick, writeRaw } from "../../../../support/tick-records.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-calendar-line-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The shipped calendar with Monday 2026-11-23 closed. */
const holidayFile = () => {
  const file = join(folder, "holiday.json")
  const years = shippedCalendar.years
    .filter(({ year }) => year === 2026)
    .map((year) => ({ ...year, closed: `${year.closed} 1123` }))
  writeFileSync(file, JSON.stringify({ years, nightless: [] }))
  return file
}

const ids = ["SR701", "m2701", "rb2701"]
const makeLine = (calendar: TradingCalendar) => {
  let received = 0
  const told: Array<string> = []
  const ledger = new TickLedger("primary", () => ({ received, dropped: 0, empty: true }))
  const events = new EventBus()
  events.subscribe("log", (event) => {
    if (event.type === "exception") assert.fail("nothing throws")
    if (event.type === "beyondCalendar") told.push(event.feed)
  })
  const intake = makeFeedIntake({
    feed: "primary",
    feedIndex: 0,
    pool: new SlabPool({ rows: 64, keep: 2 }),
    queue: { room: () => 64, push: () => undefined, whenRoom: () => undefined } as never,
    ledger,
    directory: new InstrumentDirectory(),
    loginTradingDay: () => 0,
    replay: false,
    calendar,
    monotonicMs: () => 0,
    events
  })
  const symbols = { ids: [undefined, ...ids], resolved: [-1, -1, -1, -1] }
  return {
    ledger,
    told,
    /** Trading days of the published ticks. */
    feed: (...ticks: ReadonlyArray<Partial<RawTick>>): ReadonlyArray<number> => {
      const slab = new TickSlab(64)
      for (const tick of ticks) {
        writeRaw(slab, slab.used++, { ...soundTick, ...tick }, ids.indexOf(tick.id ?? "rb2701") + 1, ++received)
      }
      intake.accept(slab, 0, symbols)
      ledger.queued = 0
      ledger.published += slab.used
      return Array.from({ length: slab.used }, (_, row) => slab.i32[row * recordI32 + word.tradingDay] as number)
    }
  }
}

/** CZCE sends the natural day as TradingDay: on a Friday evening only the calendar shows the trading day. */
const fridayEvening = { id: "SR701", time: "21:30:00", tradingDay: 20261120, actionDay: 20261120 }
const behind = { tradingDay: 20270105, actionDay: 20270105 }

describe("TICKD_CALENDAR", () => {
  it.effect("is the calendar of the line and of the market hours", () =>
    Effect.gen(function* () {
      const closed = yield* readCalendar(holidayFile())
      assert.deepStrictEqual(makeLine(chinaCalendar).feed(fridayEvening), [20261123])
      assert.deepStrictEqual(makeLine(closed).feed(fridayEvening), [20261124])
      const mondayMs = Date.UTC(2026, 10, 23, 2)
      const phase = (calendar: TradingCalendar) =>
        marketHoursOf(
          "calendar",
          { revision: () => 0, wantedIds: () => ["rb2701"] },
          new InstrumentDirectory(),
          new TradingSessions(calendar)
        ).phaseAt(mondayMs)
      assert.deepStrictEqual([phase(chinaCalendar), phase(closed)], ["trading", "closed"])
    })
  )

  it("gives the market the hours of what is wanted now, not of what was wanted at the start", () => {
    const directory = new InstrumentDirectory()
    const { subscriptions } = makeAsking({ config: {}, feed: "primary", instruments: ["IF2612"], directory })
    const hours = marketHoursOf("calendar", subscriptions, directory, new TradingSessions(chinaCalendar))
    // Monday 2026-11-23, 22:00 in Shanghai: the stock index has no night, gold has.
    const nightMs = Date.UTC(2026, 10, 23, 14)
    assert.strictEqual(hours.phaseAt(nightMs), "closed")
    subscriptions.want(["au2702"])
    assert.strictEqual(hours.phaseAt(nightMs), "trading")
    // 02:30, the end of gold's night.
    assert.strictEqual(hours.nextChangeMs(nightMs), Date.UTC(2026, 10, 23, 18, 30))
    subscriptions.unwant(["au2702"])
    assert.strictEqual(hours.phaseAt(nightMs), "closed")
    assert.strictEqual(directory.size, 0)
  })

  it.effect("unset is the shipped calendar, and a bad file ends the start with 78 and one sentence", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* readCalendar(undefined), chinaCalendar)
      const file = join(folder, "bad.json")
      writeFileSync(file, "{")
      for (const [name, code] of [
        [join(folder, "none.json"), "CALENDAR_MISSING"],
        [folder, "CALENDAR_UNREADABLE"],
        [file, "CALENDAR_NOT_JSON"]
      ] as const) {
        const error = yield* Effect.flip(readCalendar(name))
        assert.deepStrictEqual([error.exitCode, error.code], [78, code])
        assert.include(error.message, "TICKD_CALENDAR")
        assert.include(error.message, name)
        assert.notInclude(error.message, "\n")
      }
    })
  )
})

describe("what the time rules found out", () => {
  it.effect("is counted for published ticks, reported once for each batch and shown as metrics", () =>
    Effect.gen(function* () {
      const line = makeLine(chinaCalendar)
      line.feed({}, { id: "m2701", time: "21:30:00", tradingDay: 20261123, actionDay: 20261123, lateMs: -259_200_000 })
      line.feed(behind, { ...behind, time: "10:00:01", last: Number.NaN }, { ...behind, time: "10:00:02" })
      line.feed({ ...behind, time: "10:00:03" })
      line.feed({ id: "SR701" })
      assert.deepStrictEqual(line.told, ["primary", "primary"])
      const { beyondCalendar, timeRepaired } = line.ledger.snapshot()
      assert.deepStrictEqual([beyondCalendar, timeRepaired], [3, 1])
      const status = () => ({
        ledger: [ledgerMessage(line.ledger.snapshot())],
        tree: [],
        sessions: [],
        queue: { depth: 0, capacity: 0, oldest_ms: 0 },
        broker: { link: "up", resent: 0, errors: 0, reconnects: 0, foreign_writes: 0, oldest_unacked_ms: 0 }
      })
      const { text } = yield* Effect.promise(() =>
        makeMetrics({
          bounds: metricBounds,
          status: status as unknown as () => StatusMessage,
          latency: new LatencyHistogram()
        }).read()
      )
      assert.include(text, 'md_ticks_beyond_calendar_total{feed="primary"} 3\n')
      assert.include(text, 'md_ticks_time_repaired_total{feed="primary"} 1\n')
    })
  )

  it("is logged at the start when the calendar ends soon, and once a Shanghai day while ticks lie beyond", () => {
    const watchFrom = (beginMs: number) => {
      let nowMs = beginMs
      const lines: Array<string> = []
      const write = (level: string, message: string, { event }: { readonly event: string }) => {
        assert.strictEqual(level, "WARNING")
        assert.include(message, "TICKD_CALENDAR")
        assert.include(message, "update")
        lines.push(event)
      }
      const watch = makeCalendarWatch({ calendar: chinaCalendar, log: { write }, nowMs: () => nowMs })
      return { watch, lines, pass: (ms: number) => void (nowMs += ms) }
    }
    // The calendar ends on 2027-01-03; midnight in Shanghai is 16:00 UTC.
    assert.deepStrictEqual(watchFrom(Date.UTC(2026, 11, 20, 15, 59)).lines, [])
    assert.deepStrictEqual(watchFrom(Date.UTC(2026, 11, 20, 16)).lines, ["calendar_ends_soon"])
    const { watch, lines, pass } = watchFrom(Date.UTC(2027, 0, 5, 15, 58))
    watch.noteTickBeyond("primary")
    watch.noteTickBeyond("backup")
    pass(60_000)
    watch.noteTickBeyond("primary")
    assert.deepStrictEqual(lines, ["calendar_ends_soon", "beyond_calendar"])
    pass(60_000)
    watch.noteTickBeyond("primary")
    assert.deepStrictEqual(lines, ["calendar_ends_soon", "beyond_calendar", "beyond_calendar"])
  })
})
