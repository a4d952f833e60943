// The rows of a recording before a damage must not be lost: they are stored and counted, and the damage is reported.
import { readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { type Ended, endCommands, freePorts, lastJson, stateFolder, tickd } from "../support/cli-process.ts"
import { expectSentence } from "../support/cli-sentence.ts"

const folder = stateFolder()
afterEach(endCommands)
afterAll(folder.remove)

const columns = (
  "TradingDay,InstrumentID,ExchangeID,ExchangeInstID,LastPrice,PreSettlementPrice,PreClosePrice,PreOpenInterest,OpenPrice," +
  "HighestPrice,LowestPrice,Volume,Turnover,OpenInterest,ClosePrice,SettlementPrice,UpperLimitPrice,LowerLimitPrice,PreDelta," +
  "CurrDelta,UpdateTime,UpdateMillisec," +
  [1, 2, 3, 4, 5].map((n) => `BidPrice${n},BidVolume${n},AskPrice${n},AskVolume${n}`).join(",") +
  ",AveragePrice,ActionDay"
).split(",")

/** A morning of rb1805, half a second a row. */
const row = (at: number, changed: Readonly<Record<string, string>> = {}): string => {
  const time = new Date(Date.UTC(2017, 10, 13, 9, 5) + at * 500).toISOString()
  const values: Readonly<Record<string, string>> = {
    TradingDay: "20171113",
    ActionDay: "20171113",
    InstrumentID: "rb1805",
    LastPrice: String(3800 + (at % 5)),
    PreSettlementPrice: "3790",
    UpperLimitPrice: "4100",
    LowerLimitPrice: "3500",
    Volume: String(1000 + at),
    OpenInterest: "200000",
    Turnover: String((1000 + at) * 38_000),
    UpdateTime: time.slice(11, 19),
    UpdateMillisec: time.slice(20, 23),
    BidPrice1: "3799",
    BidVolume1: "5",
    AskPrice1: "3805",
    AskVolume1: "7",
    ...changed
  }
  return columns.map((name) => values[name] ?? "").join(",")
}
const rows = Array.from({ length: 3000 }, (_, at) => row(at))

const write = (name: string, lines: ReadonlyArray<string>) => {
  const path = join(folder.path, name)
  const text = `${lines.join("\n")}\n`
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text)
  return path
}
const replay = (path: string) => tickd(["demo", "--replay", path, "--speed", "max", "--json", ...freePorts])

describe("a recording", () => {
  const account = (ended: Ended) => {
    const report = lastJson(ended.stdout)
    expect(report).toMatchObject({ balanced: true, in_flight: 0, dropped: 0, stored: report["published"] })
    return Number(report["received"])
  }

  it("that is cut off: rows before the cut are accounted for", async () => {
    const path = write("cut.csv.gz", [columns.join(","), ...rows])
    truncateSync(path, Math.floor(readFileSync(path).length * 0.7))
    const ended = await replay(path)
    expectSentence(ended, 65, "RECORDING_TRUNCATED", /cut\.csv\.gz is cut off .*copy the file again/)
    const whole = Number(/\((\d+) whole rows/.exec(ended.stderr)?.[1])
    expect(whole).toBeGreaterThan(500)
    expect(account(ended)).toBe(whole)
  })

  it("with a garbage row: rows before it are accounted for", async () => {
    const ended = await replay(
      write("garbage.csv", [columns.join(","), ...rows.slice(0, 1500), "\u0001;;garbage", ...rows.slice(1500)])
    )
    expectSentence(ended, 65, "RECORDING_ROW", /garbage\.csv: line 1502 .*repair or remove that line/)
    expect(account(ended)).toBe(1500)
  })

  it("with a missing column", async () => {
    const ended = await replay(
      write("column.csv", [columns.filter((name) => name !== "UpdateTime").join(","), ...rows])
    )
    expectSentence(ended, 65, "RECORDING_HEADER", /column\.csv: line 1 has no column UpdateTime; give/)
  })

  it("that is empty, is not there, or is a folder", async () => {
    writeFileSync(join(folder.path, "empty.csv"), "")
    expectSentence(await replay(join(folder.path, "empty.csv")), 65, "RECORDING_EMPTY", /empty\.csv is empty; give/)
    expectSentence(
      await replay(join(folder.path, "none.csv")),
      65,
      "RECORDING_MISSING",
      /none\.csv does not exist; give/
    )
    expectSentence(await replay(folder.path), 65, "RECORDING_UNREADABLE", /cannot be read \(EISDIR\); give/)
  })

  it("with an unknown instrument: its rows are set aside and counted, the rest is published", async () => {
    const unknown = rows.map((line, at) => (at % 10 === 0 ? row(at, { InstrumentID: "QQ9999" }) : line))
    const state = join(folder.path, "unknown")
    const path = write("unknown.csv", [columns.join(","), ...unknown])
    const ended = await tickd(["demo", "--replay", path, "--speed", "max", "--json", "--state", state, ...freePorts])
    expect(ended.code, ended.stderr).toBe(0)
    expect(account(ended)).toBe(3000)
    expect(Number(lastJson(ended.stdout)["quarantined"])).toBeGreaterThanOrEqual(300)
    const log = readFileSync(join(state, "tickd.log"), "utf8")
    expect(log).toMatch(/"event":"tick_quarantined".*unknown_instrument/)
  })
})
