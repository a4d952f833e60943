// Real fronts wrote these rows: an instant or a trading day that differs from theirs would be wrong in production too.
import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { chinaCalendar } from "../../src/kernel/calendar/trading-calendar.ts"
import type { Exchange } from "../../src/kernel/instrument/exchange.ts"
import { parseInstrumentCode } from "../../src/kernel/instrument/instrument-code.ts"
import { exchangeOfProduct } from "../../src/kernel/instrument/product-exchange.ts"
import { resolveTradingTime, TradingTime } from "../../src/market/domain/tick/trading-time.ts"
import { wireInt, wireText, wireTickBytes } from "../../src/simulator/front/wire-tick.ts"
import { RecordingParser } from "../../src/simulator/replay/recording-parser.ts"
import { recordedBatches } from "../../src/simulator/replay/recording-reader.ts"
import { type RecordedFile, recordingsOf } from "../support/recordings.ts"

interface Row {
  readonly exchange: Exchange
  readonly updateSec: number
  readonly updateMs: number
  /** As in the file, 0 when it has none. */
  readonly actionDay: number
  readonly tradingDay: number
}

const out = new TradingTime()
const dayMs = 86_400_000
/** yyyymmdd to the instant of its midnight in Shanghai, by Date; few dates, so remembered. */
const midnights = new Map<number, number>()
const midnightOf = (day: number): number => {
  let at = midnights.get(day)
  if (at === undefined) {
    at = Date.UTC(Math.floor(day / 10000), (Math.floor(day / 100) % 100) - 1, day % 100) - 28_800_000
    midnights.set(day, at)
  }
  return at
}

/**
 * Natural day of a row, from the file itself: its ActionDay, or for a file without one the day of its README: night
 * of Friday 2017-11-10 into Saturday for me_market and its excerpt, else the day in its name.
 */
const naturalDay = (row: Row): number => {
  if (row.actionDay > 0) return row.actionDay
  if (row.tradingDay !== 20171113) return row.tradingDay
  return row.updateSec >= 18 * 3600 ? 20171110 : row.updateSec < 6 * 3600 ? 20171111 : 20171113
}

const forms = ["as recorded", "and received", "no ActionDay", "as a front sends it", "no TradingDay"] as const

/** Forms of a row with a wrong result, as bits; a row that arrived 200 ms ago must not be stale either. */
const judge = (row: Row): number => {
  const { exchange, updateSec, updateMs, actionDay, tradingDay } = row
  const natural = naturalDay(row)
  const truthMs = midnightOf(natural) + updateSec * 1000 + updateMs
  const receivedMs = truthMs + 200
  const wrong = (action: number, trading: number, login: number, receiveMs: number) =>
    resolveTradingTime(updateSec, updateMs, action, trading, exchange, login, receiveMs, chinaCalendar, out) !== 0 ||
    out.exchangeTimeMs !== truthMs ||
    out.tradingDay !== tradingDay ||
    out.stale ||
    out.beyondCalendar
  const frontAction = exchange === "DCE" ? tradingDay : natural
  const frontTrading = exchange === "CZCE" ? natural : tradingDay
  return (
    (wrong(actionDay, tradingDay, 0, 0) ? 1 : 0) |
    (wrong(actionDay, tradingDay, tradingDay, receivedMs) ? 2 : 0) |
    (wrong(0, tradingDay, 0, receivedMs) ? 4 : 0) |
    (wrong(frontAction, frontTrading, 0, receivedMs) ? 8 : 0) |
    (wrong(frontAction, 0, 0, receivedMs) ? 16 : 0)
  )
}

class Count {
  rows = 0
  untimed = 0
  readonly wrong = forms.map(() => 0)
  readonly examples: Array<string> = []

  add(row: Row, name: () => string): void {
    this.rows++
    if (row.updateSec < 0) {
      this.untimed++
      return
    }
    const bits = judge(row)
    if (bits === 0) return
    for (const [index] of forms.entries())
      if ((bits & (1 << index)) !== 0) this.wrong[index] = (this.wrong[index] ?? 0) + 1
    if (this.examples.length < 3) this.examples.push(`${name()} ${JSON.stringify(row)} form bits ${bits}`)
  }
}

/** Eight digits at an offset as a number, 0 when there are none. */
const digits = (ticks: Buffer, at: number): number => {
  let value = 0
  for (let index = 0; index < 8; index++) {
    const digit = (ticks[at + index] as number) - 48
    if (digit < 0 || digit > 9) return 0
    value = value * 10 + digit
  }
  return value
}

const exchangeOf = (id: string): Exchange => {
  const exchange = exchangeOfProduct(parseInstrumentCode(id)?.product ?? "")
  if (exchange === undefined) throw new Error(`no exchange for ${id}`)
  return exchange
}

const csvCount = async ({ name, path }: RecordedFile): Promise<Count> => {
  const count = new Count()
  const parser = new RecordingParser(name)
  const exchanges: Array<Exchange> = []
  for await (const batch of recordedBatches(path, parser)) {
    for (let row = 0; row < batch.count; row++) {
      const base = row * wireTickBytes
      const symbol = batch.symbol[row] as number
      const id = parser.symbols.ids[symbol] as string
      const timeOfDayMs = batch.timeOfDayMs[row] as number
      const updateMs = batch.ticks.readInt32LE(base + wireInt.updateMillisec)
      count.add(
        {
          exchange: (exchanges[symbol] ??= exchangeOf(id)),
          updateSec: timeOfDayMs < 0 ? -1 : (timeOfDayMs - updateMs) / 1000,
          updateMs,
          actionDay: digits(batch.ticks, base + wireText.actionDay.at),
          tradingDay: digits(batch.ticks, base + wireText.tradingDay.at)
        },
        () => id
      )
    }
  }
  return count
}

const jsonCount = ({ path }: RecordedFile): Count => {
  const count = new Count()
  for (const line of gunzipSync(readFileSync(path)).toString().trimEnd().split("\n")) {
    const tick = JSON.parse(line) as Record<"InstrumentID" | "UpdateTime" | "ActionDay" | "TradingDay", string> & {
      UpdateMillisec: number
    }
    const [h, m, s] = tick.UpdateTime.split(":").map(Number) as [number, number, number]
    count.add(
      {
        exchange: exchangeOf(tick.InstrumentID),
        updateSec: h * 3600 + m * 60 + s,
        updateMs: tick.UpdateMillisec,
        actionDay: Number(tick.ActionDay),
        tradingDay: Number(tick.TradingDay)
      },
      () => tick.InstrumentID
    )
  }
  return count
}

/**
 * Rows of the slice and of the whole recording. felix_recv_* have receive times only, so there is nothing to compare.
 */
const recordings: ReadonlyArray<readonly [name: string, slice: number, whole: number]> = [
  ["ctpmd_CFFEX_20160809.csv.gz", 88, 73_258],
  ["ctpmd_CFFEX_20160811.csv.gz", 379, 162_747],
  ["ctpmd_CFFEX_20160815.csv.gz", 18, 18],
  ["jt_AP_20200803.csv.gz", 306, 20_594],
  ["jt_AP_20200804.csv.gz", 56, 19_498],
  ["jt_AP_20200805.csv.gz", 56, 20_856],
  ["jt_AP_20200806.csv.gz", 56, 19_524],
  ["jt_AP_20200807.csv.gz", 56, 22_328],
  ["jt_ru1901_20181008.csv.gz", 330, 38_536],
  ["jt_ru1901_20181009.csv.gz", 110, 39_541],
  ["me_market_20171113.csv.gz", 533, 1_577_908],
  ["qb_IF5_20141225.csv.gz", 178, 127_764],
  ["smoke_me_20171113_0900_0902.csv.gz", 600, 14_655],
  ["wt_IF_20210104.csv.gz", 52, 27_955],
  ["wud_IF_20141014.csv.gz", 65, 13_835],
  ["xmd_IF_20150707.jsonl.gz", 67, 496]
]

describe("instants and trading days of the recordings", () => {
  for (const [name, slice, whole] of recordings) {
    for (const file of recordingsOf(name)) {
      it(`${file.title}: every row, in five forms`, { timeout: 300_000 }, async () => {
        const count = name.includes(".jsonl") ? jsonCount(file) : await csvCount(file)
        assert.strictEqual(count.rows, file.extent === "slice" ? slice : whole)
        assert.strictEqual(count.untimed, 0, "rows without a time")
        assert.deepStrictEqual(count.examples, [])
        assert.deepStrictEqual(
          count.wrong,
          forms.map(() => 0)
        )
      })
    }
  }

  it("a snapshot that waits for its receiver is stale, and the days stand", () => {
    // rb2402, 2023-07-11 23:00:00.500, the last of its night session, received the next morning.
    const verdict = resolveTradingTime(
      82_800,
      500,
      20230711,
      20230712,
      "SHFE",
      20230712,
      midnightOf(20230712) + 8.5 * 3_600_000,
      chinaCalendar,
      out
    )
    assert.deepStrictEqual([verdict, out.stale, out.tradingDay], [0, true, 20230712])
    assert.strictEqual(out.exchangeTimeMs, midnightOf(20230712) - dayMs + 82_800_500)
  })
})
