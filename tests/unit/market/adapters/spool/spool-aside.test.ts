// Files that are set aside are kept for an operator to compare, within a size limit, and must never return to the
// stream.
import { readdirSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { openSpool } from "../../../../../src/market/adapters/spool/open-spool.ts"
import type { SpoolDrop, TickSpool } from "../../../../../src/market/ports/tick-spool.ts"
import { type SpoolOptions, spoolFolders, spoolOptions } from "../../../../support/spool-run.ts"

const mebibyte = 1024 * 1024
const payload = Buffer.alloc(1000, 7)
const mark = { created: "first", floorSeq: 0, window: 32, epoch: 5 }

/** Ticks `from .. to - 1` of feed 0, each received 1000 ms after its number. */
const fill = (spool: TickSpool, from: number, to: number) => {
  for (let at = from; at < to; at++) spool.append("s", payload, at, 0, at, 1000 + at)
  spool.flush()
}

/** One run of the daemon over a folder. */
const run = <A>(
  folder: string,
  more: Partial<SpoolOptions>,
  body: (spool: TickSpool & { id?: string | undefined }) => A
) => Effect.scoped(Effect.map(openSpool(spoolOptions(folder, { maxBytes: 16 * mebibyte, ...more })), body))

const asideIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".superseded"))

describe("files set aside", () => {
  it.live("are those with ticks as old as the stream's newest; younger files and new ticks are sent", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      yield* run(folder, {}, (spool) => {
        fill(spool, 0, 3000)
        spool.settle(mark, false)
      })
      const drops: Array<SpoolDrop> = []
      yield* run(folder, { onDropped: (drop) => void drops.push(drop) }, (spool) => {
        assert.strictEqual(spool.resume?.epoch, 5)
        assert.strictEqual(spool.leftMs(0), 3999)
        assert.isUndefined(spool.leftMs(1))
        fill(spool, 5000, 5010)
        const told = spool.setAside(1100)
        assert.strictEqual(told?.files.length, 1)
        assert.strictEqual(drops.length, 1)
        assert.deepInclude(drops[0], {
          token: 0,
          firstSeq: 0,
          count: told?.ticks ?? -1,
          fromMs: 1000,
          superseded: true
        })
        const { superseded, dropped, ticks } = spool.counts()
        assert.deepStrictEqual(
          { superseded, dropped, ticks },
          { superseded: told?.ticks ?? -1, dropped: 0, ticks: 3010 - (told?.ticks ?? 0) }
        )
        assert.strictEqual(spool.next()?.stampMs, told?.ticks)
        assert.isUndefined(spool.setAside(1100))
      })
      assert.strictEqual(asideIn(folder).length, 1)
      // a start finds only what was not set aside
      const left = yield* run(folder, {}, (spool) => spool.counts().ticks)
      assert.isBelow(left, 3010)
    })
  )

  it.live("are kept up to the bound of the spool, the newest first", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      let from = 0
      for (let life = 0; life < 5; life++) {
        yield* run(folder, {}, (spool) => {
          fill(spool, from, from + 4500)
          spool.settle(mark, false)
        })
        from += 4500
        yield* run(folder, {}, (spool) => void spool.setAside(Number.POSITIVE_INFINITY))
      }
      // 22,500 ticks of a KiB and more were set aside, and 16 MiB are kept, with one file more at most
      assert.isAtMost(asideIn(folder).length, 18)
      assert.isAtLeast(asideIn(folder).length, 10)
    })
  )

  it.live("keep their folder's name over all runs", () =>
    Effect.gen(function* () {
      const folder = (yield* spoolFolders).next()
      assert.strictEqual(yield* run(folder, { newId: "a1" }, ({ id }) => id), "a1")
      assert.strictEqual(yield* run(folder, { newId: "b2" }, ({ id }) => id), "a1")
    })
  )
})
