// The heatmap of MD Ops shows which products have a gap: each wanted instrument counts once, for its own product, also
// after its row has been used by another one. A catalogue must not make a series for each unknown product.
import { assert, describe, it } from "@effect/vitest"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { TickArrivals } from "../../../../../src/market/application/intake/tick-arrivals.ts"
import { ProductCounts } from "../../../../../src/market/application/subscriptions/product-counts.ts"
import { SubscriptionTable } from "../../../../../src/market/application/subscriptions/subscription-table.ts"

const make = (ids: ReadonlyArray<string>) => {
  const directory = new InstrumentDirectory()
  const table = new SubscriptionTable("primary", new TickArrivals(), directory)
  const want = (id: string) => table.want(id, 0, 0) as number
  const rows = new Map(ids.map((id) => [id, want(id)]))
  const answer = (id: string, errorId = 0) => {
    const row = rows.get(id) as number
    table.asked(row, 1)
    table.answered(row, errorId, "", 2)
    return row
  }
  return { table, want, answer, rows, counts: new ProductCounts(table, directory) }
}

describe("the counts by product", () => {
  it("are the wanted instruments, and those without an acknowledgement or wrongly silent", () => {
    const { answer, counts } = make(["rb2701", "rb2705", "rb2710", "SR701", "SR701C5900", "cu2701"])
    answer("rb2701")
    const silent = answer("rb2705")
    answer("SR701", 16)
    answer("SR701C5900")
    answer("cu2701")
    assert.deepStrictEqual(counts.read([silent]), [
      { product: "rb", wanted: 3, gap: 2 },
      { product: "SR", wanted: 2, gap: 1 },
      { product: "cu", wanted: 1, gap: 0 }
    ])
  })

  it("leave out what is no longer wanted, and count its row for the next one", () => {
    const { answer, counts, table, want } = make(["rb2701", "cu2701"])
    const row = answer("rb2701")
    counts.read([])
    table.unwant(row)
    // It was stalled when it left.
    assert.deepStrictEqual(counts.read([row]), [{ product: "cu", wanted: 1, gap: 1 }])
    table.left(row)
    assert.strictEqual(want("ag2702"), row)
    assert.deepStrictEqual(counts.read([]), [
      { product: "cu", wanted: 1, gap: 1 },
      { product: "ag", wanted: 1, gap: 1 }
    ])
  })

  it("are one for all products that no exchange lists", () => {
    const { counts } = make(["zz2701", "qq2701", "10004405", "rb2701"])
    assert.deepStrictEqual(counts.read([]), [
      { product: "other", wanted: 3, gap: 3 },
      { product: "rb", wanted: 1, gap: 1 }
    ])
  })
})
