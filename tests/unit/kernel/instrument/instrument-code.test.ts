// A contract with a wrongly parsed product is published on the wrong exchange's subject: consumers would miss it
// silently.
import { assert, describe, it } from "@effect/vitest"
import { parseInstrumentCode } from "../../../../src/kernel/instrument/instrument-code.ts"
import {
  exchangeOfProduct,
  productExchange,
  productsByExchange
} from "../../../../src/kernel/instrument/product-exchange.ts"
import { catalogueJson, extents } from "../../../support/recordings.ts"

describe("product table", () => {
  it("knows products in their exact case", () => {
    const cases: ReadonlyArray<readonly [string, string | undefined]> = [
      ["c", "DCE"],
      ["C", undefined],
      ["SR", "CZCE"],
      ["sr", undefined],
      ["IF", "CFFEX"],
      ["if", undefined],
      ["sc", "INE"],
      ["pt", "GFEX"],
      ["MO", "CFFEX"],
      ["WT", "CZCE"],
      ["", undefined],
      ["constructor", undefined]
    ]
    for (const [product, exchange] of cases) assert.strictEqual(exchangeOfProduct(product), exchange, product)
  })

  it("lists no product on two exchanges", () => {
    // A second listing would overwrite the first one in the map and shorten it.
    const listed = Object.values(productsByExchange).flatMap((products) => products.split(" "))
    assert.strictEqual(productExchange.size, listed.length)
    assert.isAbove(listed.length, 90)
  })
})

describe("parseInstrumentCode", () => {
  it("reads the shapes of every exchange", () => {
    assert.deepStrictEqual(parseInstrumentCode("rb2410"), { kind: "future", product: "rb", deliveryDigits: "2410" })
    assert.deepStrictEqual(parseInstrumentCode("SR801"), { kind: "future", product: "SR", deliveryDigits: "801" })
    assert.deepStrictEqual(parseInstrumentCode("rb0001"), { kind: "future", product: "rb", deliveryDigits: "0001" })
    assert.deepStrictEqual(parseInstrumentCode("rb20000"), { kind: "future", product: "rb", deliveryDigits: "20000" })
    const option = {
      kind: "option",
      product: "cu",
      deliveryDigits: "2110",
      right: "call",
      strike: 43000,
      series: false
    }
    assert.deepStrictEqual(parseInstrumentCode("cu2110C43000"), option as never)
    const dashed = { ...option, product: "m", deliveryDigits: "2109", right: "put", strike: 3850 }
    assert.deepStrictEqual(parseInstrumentCode("m2109-P-3850"), dashed as never)
    assert.deepStrictEqual(parseInstrumentCode("m2109-MS-P-3850"), { ...dashed, series: true } as never)
    const czce = { ...dashed, product: "SR", deliveryDigits: "505", strike: 5900, series: true }
    assert.deepStrictEqual(parseInstrumentCode("SR505MSP5900"), czce as never)
    assert.deepStrictEqual(parseInstrumentCode("SP a2501&a2505"), {
      kind: "combination",
      product: "a",
      strategy: "SP",
      legs: ["a2501", "a2505"]
    })
    assert.strictEqual(parseInstrumentCode("SPC a2501&m2505")?.product, "a")
    assert.strictEqual(parseInstrumentCode("SPD CF501&CF505")?.product, "CF")
    assert.strictEqual(parseInstrumentCode("STG m2501-C-2600&m2501-P-2500")?.product, "m")
    assert.deepStrictEqual(parseInstrumentCode("sc2501TAS"), { kind: "tas", product: "sc", deliveryDigits: "2501" })
    assert.deepStrictEqual(parseInstrumentCode("l2602F"), { kind: "average", product: "l", deliveryDigits: "2602" })
    assert.deepStrictEqual(parseInstrumentCode("rbefp"), { kind: "efp", product: "rb" })
  })

  it("answers undefined for any other shape", () => {
    for (const id of [
      "",
      "rb",
      "2410",
      "10004405",
      " rb2410",
      "rb2410\n",
      "rb 2410",
      "m2109-X-3850",
      "SP a2501",
      "SP &",
      "SP a2501&other",
      "SP SP a2501&a2505&a2509",
      "螺纹2410",
      "rb2410C",
      "rb2410-C-",
      "a".repeat(10_000)
    ]) {
      assert.isUndefined(parseInstrumentCode(id), JSON.stringify(id))
    }
  })

  it.each(extents)("finds the product and its exchange of every row of the catalogues (%s)", (extent) => {
    const read = (name: string) => catalogueJson(extent, name)
    const raw = read("ctp_instruments_2021_xiaoqiyu.json") as ReadonlyArray<Record<string, string>>
    for (const row of raw) {
      const code = parseInstrumentCode(row["InstrumentID"] as string)
      const product =
        row["ProductClass"] === "2"
          ? row["UnderlyingInstrID"]?.replace(/\d+$/, "")
          : (row["ProductID"] as string).replace(/efp$/, "")
      assert.strictEqual(code?.product, product, row["InstrumentID"])
      assert.strictEqual(exchangeOfProduct(code?.product ?? ""), row["ExchangeID"] as never, row["InstrumentID"])
      if (code?.kind === "option") assert.strictEqual(code.strike, Number(row["StrikePrice"]), row["InstrumentID"])
      assert.strictEqual(code?.kind === "option", row["ProductClass"] === "2")
    }
    const futures = read("instruments_20251226_homalos.json") as { instruments: Record<string, Record<string, string>> }
    for (const [id, row] of Object.entries(futures.instruments)) {
      assert.strictEqual(parseInstrumentCode(id)?.product, row["product_id"], id)
      assert.strictEqual(exchangeOfProduct(row["product_id"] as string), row["exchange_id"] as never, id)
    }
    for (const name of ["wondertrader_contracts.json", "wondertrader_commodities.json"]) {
      const byExchange = read(name) as Record<string, Record<string, Record<string, string>>>
      for (const [exchange, rows] of Object.entries(byExchange)) {
        for (const [key, row] of Object.entries(rows)) {
          const product = row["code"] === undefined ? key : parseInstrumentCode(key)?.product
          if (row["code"] !== undefined) assert.strictEqual(product, row["product"], key)
          assert.strictEqual(exchangeOfProduct(product ?? ""), exchange as never, key)
        }
      }
    }
    assert.strictEqual(raw.length, { slice: 278, whole: 4398 }[extent])
  })
})
