// The contract list decides the exchange of ticks that arrive without one: a wrong list moves ticks to wrong
// subjects.
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { listingRecord } from "../../../../../src/app/contracts/contracts-text.ts"
import type { Contract } from "../../../../../src/kernel/instrument/contract.ts"
import { parseContractFile, readContractFile } from "../../../../../src/market/adapters/catalogue/contract-file.ts"
import { textOfVersion } from "../../../../../src/market/adapters/catalogue/contract-store.ts"
import { catalogueBytes, extents } from "../../../../support/recordings.ts"

const parse = (text: string, file = "list.json") => parseContractFile(file, new TextEncoder().encode(text))
const listOf = (text: string, file?: string) => Result.getOrThrow(parse(text, file))
const errorOf = (text: string, file?: string) => Result.getOrThrow(Result.flip(parse(text, file)))

describe("shapes", () => {
  it("reads CTP's own query rows and merges repeated ones", () => {
    const list = listOf(
      JSON.stringify([
        {
          InstrumentID: "cu2110C43000",
          ExchangeID: "SHFE",
          ProductID: "cu_o",
          VolumeMultiple: "5",
          PriceTick: "2",
          StrikePrice: "1.79769e+308"
        },
        { InstrumentID: "cu2110C43000", ExchangeID: "SHFE", ProductID: "cu_o", PriceTick: "9", ExpireDate: "20210924" },
        { InstrumentID: "IF2109", ExchangeID: "", ProductID: "IF", PriceTick: "1.79769e+308", VolumeMultiple: "0" },
        { InstrumentID: "", ExchangeID: "SHFE" },
        { InstrumentID: "xx2109", ExchangeID: "LME", ProductID: "xx" }
      ])
    )
    assert.deepStrictEqual(list, {
      contracts: [
        { id: "cu2110C43000", exchange: "SHFE", product: "cu", priceTick: 2, multiplier: 5, expireDate: 20210924 },
        { id: "IF2109", exchange: "CFFEX", product: "IF" }
      ],
      rows: 5,
      duplicates: 1,
      unusable: 2
    })
  })

  it("reads a map of instruments and maps by exchange", () => {
    const map = listOf('{"instruments":{"si2602":{"instrument_id":"si2602","exchange_id":"GFEX","price_tick":5}}}')
    assert.deepStrictEqual(map.contracts, [{ id: "si2602", exchange: "GFEX", product: "si", priceTick: 5 }])
    const byExchange = listOf('{"CZCE":{"SR209":{"code":"SR209","product":"SR","name":"白糖209"}}}')
    assert.deepStrictEqual(byExchange.contracts, [{ id: "SR209", exchange: "CZCE", product: "SR", name: "白糖209" }])
  })

  it("reads CSV with either naming, quotes, CRLF, a BOM and short lines", () => {
    const text =
      '\ufeffInstrumentID,ExchangeID,InstrumentName,PriceTick\r\nrb2410,SHFE,"rebar, ""10""",1\r\n\r\n"SP a2501&a2505",DCE\r\n'
    assert.deepStrictEqual(listOf(text, "list.csv").contracts, [
      { id: "rb2410", exchange: "SHFE", product: "rb", priceTick: 1, name: 'rebar, "10"' },
      { id: "SP a2501&a2505", exchange: "DCE", product: "a" }
    ])
    const plain = "symbol,exchange,size,expire_date\n10004405,SSE,10000,2026-12-23\nm2501,,,"
    assert.deepStrictEqual(listOf(plain, "list.csv"), {
      contracts: [{ id: "m2501", exchange: "DCE", product: "m" }],
      rows: 2,
      duplicates: 0,
      unusable: 1
    })
    const product = "symbol,exchange,product,size,expire_date\n10004405,sse,510050,10000,2026-12-23"
    assert.deepStrictEqual(listOf(product, "list.csv").contracts, [
      { id: "10004405", exchange: "SSE", product: "510050", multiplier: 10000, expireDate: 20261223 }
    ])
  })

  it("reads mixed line ends, a line break in quotes, and quotes that are text or never close", () => {
    const rows = (text: string) =>
      listOf(`symbol,exchange,name\n${text}`, "list.csv").contracts.map(({ id, name }) => [id, name])
    assert.deepStrictEqual(rows('rb2410,SHFE,"a\nb"\r\n\rrb2411,SHFE,"say ""so"""\rrb2412,SHFE,5"x\n'), [
      ["rb2410", "a\nb"],
      ["rb2411", 'say "so"'],
      ["rb2412", '5"x']
    ])
    assert.deepStrictEqual(rows('rb2410,SHFE,"x"y\nrb2411,SHFE,"open\nrb2412,SHFE,z'), [
      ["rb2410", '"x"y'],
      ["rb2411", '"open'],
      ["rb2412", "z"]
    ])
  })

  it("reads GBK", () => {
    const head = new TextEncoder().encode("code,exchg,name\nrb2410,SHFE,")
    const bytes = new Uint8Array([...head, 0xc2, 0xdd, 0xce, 0xc6])
    assert.strictEqual(Result.getOrThrow(parseContractFile("list.csv", bytes)).contracts[0]?.name, "螺纹")
  })

  it("names the file and the fix when it cannot", () => {
    const cases = [
      ["{", undefined, "CATALOGUE_NOT_JSON"],
      ["", undefined, "CATALOGUE_NOT_JSON"],
      ["[1,2]", undefined, "CATALOGUE_UNKNOWN_SHAPE"],
      ["null", undefined, "CATALOGUE_UNKNOWN_SHAPE"],
      ['{"SHFE":{"rb":{"pricetick":1}}}', undefined, "CATALOGUE_UNKNOWN_SHAPE"],
      ['{"instruments":3}', undefined, "CATALOGUE_UNKNOWN_SHAPE"],
      ["a,b\n1,2", "list.csv", "CATALOGUE_UNKNOWN_SHAPE"],
      ["", "list.csv", "CATALOGUE_UNKNOWN_SHAPE"],
      ["[]", undefined, "CATALOGUE_EMPTY"],
      ["{}", undefined, "CATALOGUE_EMPTY"],
      ["symbol,exchange\nzz2501,", "list.csv", "CATALOGUE_EMPTY"]
    ] as const
    for (const [text, file = "list.json", code] of cases) {
      const error = errorOf(text, file)
      assert.strictEqual(error.code, code, text)
      assert.strictEqual(error.source, file)
      assert.include(error.message, `The contract file ${file} `)
      assert.include(error.message, "OnRspQryInstrument")
    }
  })
})

describe("files", () => {
  it.effect("distinguishes a missing file from an unreadable one", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.promise(() => mkdtemp(join(tmpdir(), "tickd-catalogue-")))
      yield* Effect.addFinalizer(() => Effect.promise(() => rm(folder, { recursive: true })))
      const missing = yield* Effect.flip(readContractFile(join(folder, "none.json")))
      assert.strictEqual(missing.code, "CATALOGUE_MISSING")
      assert.include(missing.message, "none.json does not exist")
      const unreadable = yield* Effect.flip(readContractFile(folder))
      assert.strictEqual(unreadable.code, "CATALOGUE_UNREADABLE")
      const file = join(folder, "list.csv")
      yield* Effect.promise(() => writeFile(file, "symbol\nrb2410\n"))
      const list = yield* readContractFile(file)
      assert.strictEqual(list.contracts[0]?.exchange, "SHFE")
    })
  )

  /** Rows, and those of them that repeat a contract. */
  const accepted = [
    ["ctp_instruments_2021_xiaoqiyu.json", { slice: [278, 39], whole: [4398, 410] }],
    ["instruments_20251226_homalos.json", { slice: [175, 0], whole: [844, 0] }],
    ["wondertrader_contracts.json", { slice: [685, 0], whole: [685, 0] }]
  ] as const
  it.each(extents)("reads every contract list at hand, and no other list as one (%s)", (extent) => {
    for (const [name, counts] of accepted) {
      const list = Result.getOrThrow(parseContractFile(name, catalogueBytes(extent, name)))
      const [rows, duplicates] = counts[extent]
      assert.deepStrictEqual([list.rows, list.duplicates, list.unusable], [rows, duplicates, 0], name)
      assert.strictEqual(list.contracts.length, rows - duplicates)
    }
    for (const name of ["commodities", "holidays", "sessions"]) {
      const file = `wondertrader_${name}.json`
      const error = Result.getOrThrow(Result.flip(parseContractFile(file, catalogueBytes(extent, file))))
      assert.strictEqual(error.code, "CATALOGUE_UNKNOWN_SHAPE", name)
    }
  })
})

describe("U11: round trip", () => {
  const contracts: ReadonlyArray<Contract> = [
    { id: "rb2701", exchange: "SHFE", product: "rb", priceTick: 1, multiplier: 10, expireDate: 20270115, name: "螺纹" },
    { id: "SP a2501&a2505", exchange: "DCE", product: "a" },
    { id: "12345678", exchange: "SSE", product: "ETF", priceTick: 0.001 }
  ]

  it("reads what 'contracts list --json' prints, every field of it", () => {
    const listing = listingRecord({
      tradingDay: 20261130,
      source: "trader",
      shown: contracts,
      matching: 3,
      expired: 0,
      total: 3
    })
    assert.deepStrictEqual(listOf(JSON.stringify(listing)).contracts, contracts)
    // Piped through a tool that indents, and without the name .json.
    assert.deepStrictEqual(listOf(JSON.stringify(listing, null, 2), "listing.txt").contracts, contracts)
  })

  it("reads a list that tickd has kept", () => {
    const kept = textOfVersion({ tradingDay: 20261130, writtenMs: 1_796_000_000_000, sources: [], contracts })
    assert.deepStrictEqual(listOf(kept).contracts, contracts)
  })

  it("reports an empty listing as one without rows, and another list under that key as an unknown shape", () => {
    assert.strictEqual(errorOf('{"contracts":[]}').code, "CATALOGUE_EMPTY")
    assert.strictEqual(errorOf('{"contracts":["rb2701"]}').code, "CATALOGUE_UNKNOWN_SHAPE")
  })
})
