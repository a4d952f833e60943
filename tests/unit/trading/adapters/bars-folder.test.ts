// Bars are what a model learns from and what it is served: they are read as they were written, or not at all.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import { layer } from "../../../../src/trading/adapters/bars/bars-folder.ts"
import { parquetOf, readParquet } from "../../../../src/trading/adapters/bars/parquet-bars.ts"
import type { BarsSet } from "../../../../src/trading/domain/signal/market/bars-set.ts"
import { BarsStore } from "../../../../src/trading/ports/bars-store.ts"
import { goldenSeries } from "../../../support/trading/alpha-golden.ts"

const { series } = goldenSeries()
const setOf = (symbol: string, at = 0): BarsSet => ({
  symbol,
  timeframe: "1Day",
  adjustment: "all",
  market: "synthetic",
  source: "a test",
  bars: series[at]?.bars as BarsSet["bars"]
})
const key = (symbol: string) => ({ symbol, timeframe: "1Day", adjustment: "all" }) as const

const withFolder = <A, E>(body: (root: string) => Effect.Effect<A, E, BarsStore>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-bars-"))),
    (root) => Effect.provide(body(root), layer(root)),
    (root) => Effect.sync(() => rmSync(root, { recursive: true }))
  )

describe("bars as Parquet", () => {
  it("keep every value, missing ones, and what they are", async () => {
    for (const [at] of series.entries()) {
      const set = setOf("BRK/B", at)
      assert.deepStrictEqual(await readParquet(parquetOf(set)), set)
    }
  })

  it("of another program count as real, and need the columns", async () => {
    const column = (name: string, data: Array<number | null>) => ({ name, data, type: "DOUBLE" as const })
    const columns = ["open", "high", "low", "close", "volume", "vwap"].map((name) => column(name, [1, null]))
    const write = (dates: Array<string>, some = columns) =>
      new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "date", data: dates, type: "STRING" }, ...some] }))
    const read = await readParquet(write(["2026-01-02", "2026-01-05"]))
    assert.deepInclude(read, { market: "real", source: "unknown", adjustment: "raw" })
    assert.deepStrictEqual([...read.bars.close], [1, Number.NaN])
    const failure = async (bytes: Uint8Array) =>
      await readParquet(bytes).then(
        () => "read",
        (cause: Error) => cause.message
      )
    assert.match(await failure(write(["2026-01-05", "2026-01-02"])), /^row 2, date: 2026-01-02 does not come after/)
    assert.match(await failure(write(["2026-01-05", "x"])), /^row 2, date: not a day/)
    assert.match(await failure(write(["2026-01-02", "2026-01-05"], columns.slice(1))), /^the column open is missing/)
    const broken = [column("open", [Number.POSITIVE_INFINITY, 1]), ...columns.slice(1)]
    assert.match(await failure(write(["2026-01-02", "2026-01-05"], broken)), /^row 1, open: not a finite number/)
    assert.notStrictEqual(await failure(new Uint8Array([1, 2, 3])), "read")
  })
})

describe("the folder of bars", () => {
  it.effect("lists and reads what was written, and replaces a whole series", () =>
    withFolder((root) =>
      Effect.gen(function* () {
        const store = yield* BarsStore
        assert.lengthOf([...(yield* store.list(key("")))], 0)
        yield* store.write(setOf("B"))
        yield* store.write(setOf("A/X"))
        const entry = yield* store.write(setOf("B", 1))
        assert.deepStrictEqual([...(yield* store.list(key(""))).keys()], ["A/X", "B"])
        assert.deepInclude(entry, { rows: 74, market: "synthetic", source: "a test" })
        assert.deepStrictEqual(yield* store.read(key("B")), setOf("B", 1))
        assert.deepStrictEqual(yield* store.read(key("A/X")), setOf("A/X"))
        assert.isTrue(readFileSync(join(root, "1Day", "all", "A%2FX.parquet")).length > 0)
        assert.strictEqual((yield* Effect.flip(store.read(key("C")))).code, "BARS_MISSING")
      })
    )
  )

  it.effect("reads no generated prices where real money trades", () =>
    withFolder((root) =>
      Effect.gen(function* () {
        const store = yield* BarsStore
        yield* store.write(setOf("A"))
        yield* store.write({ ...setOf("B"), market: "real" })
        const live = yield* Effect.provide(BarsStore, layer(root, true))
        assert.strictEqual((yield* Effect.flip(live.read(key("A")))).code, "BARS_SYNTHETIC")
        assert.strictEqual((yield* live.read(key("B"))).market, "real")
      })
    )
  )

  it.effect("refuses a file or a manifest that changed behind its back", () =>
    withFolder((root) =>
      Effect.gen(function* () {
        const store = yield* BarsStore
        yield* store.write(setOf("A"))
        writeFileSync(join(root, "1Day", "all", "A.parquet"), parquetOf(setOf("A", 1)))
        const changed = yield* Effect.flip(store.read(key("A")))
        assert.strictEqual(changed.code, "BARS_DAMAGED")
        assert.match(changed.message, /its hash is not that of manifest.json/)
        writeFileSync(join(root, "1Day", "all", "manifest.json"), "{")
        assert.strictEqual((yield* Effect.flip(store.list(key("")))).code, "BARS_DAMAGED")
        assert.strictEqual((yield* Effect.flip(store.write(setOf("A")))).code, "BARS_NOT_WRITTEN")
      })
    )
  )
})
