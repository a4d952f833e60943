// Records carry an index instead of a name: an index with two meanings would publish ticks under the wrong contract.
import { assert, describe, it } from "@effect/vitest"
import { type Exchange, exchanges } from "../../../../src/kernel/instrument/exchange.ts"
import { InstrumentDirectory } from "../../../../src/kernel/instrument/instrument-directory.ts"
import { unknownExchangeIndex } from "../../../support/recording-records.ts"

const indexOf = (exchange: Exchange): number => exchanges.indexOf(exchange)

describe("InstrumentDirectory", () => {
  it("prefers the tick's own exchange, then the list, then the product's letters", () => {
    const directory = new InstrumentDirectory([{ id: "xx2501", exchange: "GFEX", product: "xx" }])
    assert.strictEqual(directory.resolve("rb2410", 0)?.exchange, "SHFE")
    assert.strictEqual(directory.resolve("xx2501", 0)?.exchange, "GFEX")
    assert.strictEqual(directory.resolve("xx2501", indexOf("INE"))?.exchange, "INE")
    assert.strictEqual(directory.resolve("zz2501", indexOf("DCE"))?.product, "zz")
    assert.strictEqual(directory.resolve("rb0001", 0)?.product, "rb")
    assert.strictEqual(directory.resolve("SP a2501&a2505", 0)?.exchange, "DCE")
  })

  it("resolves contracts that expired long ago", () => {
    const directory = new InstrumentDirectory([{ id: "IF2601", exchange: "CFFEX", product: "IF" }])
    const expired = ["IF1410", "ru1901", "m1801-C-2550", "WT409"].map((id) => directory.resolve(id, 0)?.exchange)
    assert.deepStrictEqual(expired, ["CFFEX", "SHFE", "DCE", "CZCE"])
  })

  it("leaves an instrument without a known exchange unresolved, without an index", () => {
    const directory = new InstrumentDirectory()
    for (const id of ["", "zz2501", "RB2410", "10004405", "\u0000"]) assert.isUndefined(directory.resolve(id, 0), id)
    assert.isUndefined(directory.resolve("", indexOf("SHFE")))
    assert.isUndefined(directory.resolve("zz2501", unknownExchangeIndex))
    assert.strictEqual(directory.size, 0)
    assert.isUndefined(directory.at(0))
    directory.learn([{ id: "zz2501", exchange: "DCE", product: "zz" }])
    assert.strictEqual(directory.resolve("zz2501", 0)?.index, 0)
  })

  it("numbers instruments in order of first sight and gives the same object ever after", () => {
    const directory = new InstrumentDirectory()
    const ids = ["rb2410", "IF2410", "m2501"]
    const first = ids.map((id) => directory.resolve(id, 0))
    assert.deepStrictEqual(
      first.map((instrument) => instrument?.index),
      [0, 1, 2]
    )
    directory.learn([{ id: "rb2410", exchange: "INE", product: "rb" }])
    for (const [i, id] of ids.entries()) {
      assert.strictEqual(directory.resolve(id, 0), first[i])
      assert.strictEqual(directory.at(i), first[i])
    }
  })

  it("gives a contract one index with and without its ExchangeID, in either order", () => {
    const directory = new InstrumentDirectory()
    assert.strictEqual(directory.resolve("rb2410", 0), directory.resolve("rb2410", indexOf("SHFE")))
    assert.strictEqual(directory.resolve("au2412", indexOf("SHFE")), directory.resolve("au2412", 0))
    assert.strictEqual(directory.resolve("au2412", unknownExchangeIndex), directory.resolve("au2412", 0))
    assert.notStrictEqual(directory.resolve("rb2410", indexOf("DCE")), directory.resolve("rb2410", 0))
    assert.strictEqual(directory.size, 3)
  })

  it("has a product for codes without letters", () => {
    const directory = new InstrumentDirectory([{ id: "10004406", exchange: "SSE", product: "510050" }])
    assert.strictEqual(directory.resolve("10004405", indexOf("SSE"))?.product, "other")
    assert.deepStrictEqual(directory.resolve("10004406", 0), {
      index: 1,
      id: "10004406",
      exchange: "SSE",
      product: "510050"
    })
  })

  it("trusts the letters when a list has an id on two exchanges", () => {
    const shfe = { id: "rb2410", exchange: "SHFE", product: "rb" } as const
    const other = { ...shfe, exchange: "DCE" } as const
    for (const list of [
      [shfe, other],
      [other, shfe]
    ]) {
      assert.strictEqual(new InstrumentDirectory(list).resolve("rb2410", 0)?.exchange, "SHFE")
    }
  })
})
