// A recording is the proof of the whole line: each row must reach the wire byte for byte, or be refused by its line.
import { assert, describe, it } from "@effect/vitest"
import { FrontError } from "../../../../src/simulator/front/front-error.ts"
import { recordingColumns } from "../../../../src/simulator/replay/recording-columns.ts"
import { type RecordedBatch, RecordingParser } from "../../../../src/simulator/replay/recording-parser.ts"
import { recordingHeader } from "../../../support/recording-records.ts"

/** A row whose columns have the given texts, the others empty. */
const row = (texts: Readonly<Record<string, string>>) =>
  recordingColumns.map((column) => texts[column.name] ?? "").join(",")

const good = row({ TradingDay: "20181009", InstrumentID: "ru1901", LastPrice: "12485.00", UpdateTime: "09:00:00" })

const parse = (text: string, cuts: ReadonlyArray<number> = []) => {
  const parser = new RecordingParser("day.csv")
  const bytes = Buffer.from(text, "latin1")
  const batches: Array<RecordedBatch> = []
  let failure: FrontError | undefined
  try {
    let start = 0
    for (const cut of [...cuts, bytes.length]) {
      for (const batch of parser.push(bytes.subarray(start, cut))) batches.push(batch)
      start = cut
    }
    for (const batch of parser.end()) batches.push(batch)
  } catch (error) {
    if (!(error instanceof FrontError)) throw error
    failure = error
  }
  return { parser, batches, failure, rows: batches.reduce((sum, batch) => sum + batch.count, 0) }
}

const failureOf = (text: string) => {
  const { failure } = parse(text)
  assert.isDefined(failure)
  return failure as FrontError
}

describe("recording parser", () => {
  it("writes each of the 44 columns where CThostFtdcDepthMarketDataField has it", () => {
    // Offsets of the 6.3.15 struct, written a second time by hand: a mistake in the table must show.
    const expected: Record<string, number> = {
      TradingDay: 0,
      InstrumentID: 9,
      ExchangeID: 40,
      ExchangeInstID: 49,
      LastPrice: 80,
      PreSettlementPrice: 88,
      PreClosePrice: 96,
      PreOpenInterest: 104,
      OpenPrice: 112,
      HighestPrice: 120,
      LowestPrice: 128,
      Volume: 136,
      Turnover: 144,
      OpenInterest: 152,
      ClosePrice: 160,
      SettlementPrice: 168,
      UpperLimitPrice: 176,
      LowerLimitPrice: 184,
      PreDelta: 192,
      CurrDelta: 200,
      UpdateTime: 208,
      UpdateMillisec: 220,
      BidPrice1: 224,
      BidVolume1: 232,
      AskPrice1: 240,
      AskVolume1: 248,
      BidPrice2: 256,
      BidVolume2: 264,
      AskPrice2: 272,
      AskVolume2: 280,
      BidPrice3: 288,
      BidVolume3: 296,
      AskPrice3: 304,
      AskVolume3: 312,
      BidPrice4: 320,
      BidVolume4: 328,
      AskPrice4: 336,
      AskVolume4: 344,
      BidPrice5: 352,
      BidVolume5: 360,
      AskPrice5: 368,
      AskVolume5: 376,
      AveragePrice: 384,
      ActionDay: 392
    }
    const texts: Record<string, string> = {}
    Object.keys(expected).forEach((name, index) => {
      texts[name] = `${100 + index}`
    })
    Object.assign(texts, { TradingDay: "20181009", InstrumentID: "SPC a1901&a1905", ExchangeID: "DCE" })
    Object.assign(texts, { ExchangeInstID: "x", UpdateTime: "23:59:59", UpdateMillisec: "500", ActionDay: "20181008" })
    const { batches } = parse(`${recordingHeader}\n${row(texts)}\n`)
    const batch = batches[0] as RecordedBatch
    assert.strictEqual(Object.keys(expected).length, recordingColumns.length)
    for (const column of recordingColumns) {
      const at = expected[column.name] as number
      const want = texts[column.name] as string
      if (column.kind === "double") assert.strictEqual(batch.ticks.readDoubleLE(at), Number(want), column.name)
      else if (column.kind === "int") assert.strictEqual(batch.ticks.readInt32LE(at), Number(want), column.name)
      else assert.strictEqual(batch.ticks.toString("latin1", at, at + want.length + 1), `${want}\0`, column.name)
    }
    assert.strictEqual(batch.timeOfDayMs[0], 86_399_500)
  })

  it("gives the same ticks wherever the pieces are cut", () => {
    const text = `${recordingHeader}\r\n${good}\r\n${good.replace("ru1901", "ru1905")}`
    const whole = parse(text)
    assert.strictEqual(whole.rows, 2)
    assert.deepStrictEqual(whole.parser.symbols.ids, ["ru1901", "ru1905"])
    for (let cut = 1; cut < text.length; cut += 7) {
      const { batches, rows } = parse(text, [cut, Math.min(cut + 3, text.length)])
      assert.strictEqual(rows, 2, `cut at ${cut}`)
      assert.deepStrictEqual(batches[0]?.ticks, whole.batches[0]?.ticks)
    }
  })

  it("fills batches of 512 and finds columns by name in any order", () => {
    const shuffled = recordingColumns.toReversed()
    const line = shuffled.map((column) => (column.name === "InstrumentID" ? "m1901" : "")).join(",")
    const text = `${shuffled.map((column) => column.name).join(",")},Extra\n${`${line},x\n`.repeat(1_025)}\n\n`
    const { batches, failure, rows } = parse(text)
    assert.isUndefined(failure)
    assert.strictEqual(rows, 1_025)
    assert.deepStrictEqual(
      batches.map((batch) => batch.count),
      [512, 512, 1]
    )
    assert.strictEqual(batches[2]?.ticks.toString("latin1", 9, 15), "m1901\0")
    assert.strictEqual(batches[2]?.ticks.readDoubleLE(80), Number.MAX_VALUE)
    assert.strictEqual(batches[2]?.timeOfDayMs[0], -1)
  })

  it("names file, line and fix for each kind of damage, after the rows in front of it", () => {
    const cases: ReadonlyArray<readonly [text: string, code: string, line: number | undefined, words: RegExp]> = [
      ["", "RECORDING_EMPTY", undefined, /day\.csv is empty/],
      ["InstrumentID,LastPrice\nru1901,1\n", "RECORDING_HEADER", 1, /has no column TradingDay, ExchangeID/],
      [`${recordingHeader},LastPrice\n`, "RECORDING_HEADER", 1, /names the column LastPrice twice/],
      [`${recordingHeader}\n${good}\n${good},1\n`, "RECORDING_ROW", 3, /line 3 has 45 fields where the header has 44/],
      [`${recordingHeader}\n${good}\nru1901,2018\n`, "RECORDING_ROW", 3, /line 3 has 2 fields/],
      [`${recordingHeader}\n${good}\n\n${good}\n`, "RECORDING_ROW", 3, /line 3 is blank/],
      [
        `${recordingHeader}\n${good}\n${good.replace("12485.00", "12x")}\n`,
        "RECORDING_VALUE",
        3,
        /column LastPrice: "12x"/
      ],
      [
        `${recordingHeader}\n${good}\n${row({ Volume: "1.5" })}\n`,
        "RECORDING_VALUE",
        3,
        /column Volume: "1.5" is not a whole/
      ],
      [`${recordingHeader}\n${good}\n${row({ UpdateTime: "9:00:00" })}\n`, "RECORDING_VALUE", 3, /column UpdateTime/],
      [
        `${recordingHeader}\n${good}\n${row({ InstrumentID: "x".repeat(31) })}\n`,
        "RECORDING_VALUE",
        3,
        /at most 30 bytes/
      ]
    ]
    for (const [text, code, line, words] of cases) {
      const failure = failureOf(text)
      assert.strictEqual(failure.code, code, text.slice(-60))
      assert.strictEqual(failure.line, line)
      assert.match(failure.message, words)
      if (line === 3) assert.strictEqual(parse(text).rows, 1, "the row in front of the damage is handed over")
    }
  })

  it("refuses a file without newlines instead of keeping it in memory", () => {
    assert.strictEqual(failureOf("x".repeat(70_000)).code, "RECORDING_ROW")
  })
})
