// What deciding between two feeds costs: nanoseconds and bytes of heap an arrival, over a real recording that the
// laws have passed.
import { existsSync } from "node:fs"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Effect } from "effect"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { double, recordBytes, recordF64, recordI32, TickSlab, word } from "../../src/kernel/tick/tick-slab.ts"
import { FeedArbiter } from "../../src/market/application/intake/arbitrate-feeds.ts"
import { makeNormaliseTick } from "../../src/market/application/intake/normalise-tick.ts"
import { makeReplayClock } from "../../src/market/application/intake/tick-clock.ts"
import { folder, heapUsed, loadRows, median, recordings } from "./laws.ts"
import type { Measured, Suite } from "./suite.ts"

/** One drain of a ring: each feed delivers this many ticks, then the other one the same ticks. */
const batchRows = 64
const dayMs = 86_400_000

/** The rows that the laws pass, normalised. */
const normalised = async (file: string): Promise<TickSlab> => {
  const { all, ids } = await loadRows(file)
  const normalise = makeNormaliseTick({
    directory: new InstrumentDirectory(),
    loginTradingDay: () => 0,
    clock: makeReplayClock()
  })
  const symbols = { ids, resolved: ids.map(() => -1) }
  let kept = 0
  for (let row = 0; row < all.used; row++) {
    if (normalise(all, row, symbols) !== 0) continue
    all.bytes.copyWithin(kept * recordBytes, row * recordBytes, (row + 1) * recordBytes)
    kept++
  }
  all.used = kept
  return all
}

/** `feeds` deliver every row. The same rows are repeated a day later: they are news, and the code stays warm. */
const makePass = (rows: TickSlab, feeds: number) => {
  const arbiter = new FeedArbiter(2)
  const work = new TickSlab(batchRows)
  let day = 0
  const decide = (feed: number): number => {
    let published = 0
    for (let row = 0; row < batchRows; row++) {
      if (arbiter.decide(work, row, feed) !== 0) continue
      arbiter.publish(work, row, feed)
      published++
    }
    return published
  }
  const batches = Math.floor(rows.used / batchRows)
  return (countHeap: boolean) => {
    day++
    const ns: Array<number> = []
    let heap = 0
    let published = 0
    for (let batch = 0; batch < batches; batch++) {
      let spentMs = 0
      for (let feed = 0; feed < feeds; feed++) {
        const from = batch * batchRows * recordBytes
        work.bytes.set(rows.bytes.subarray(from, from + batchRows * recordBytes))
        for (let row = 0; row < batchRows; row++) {
          work.i32[row * recordI32 + word.tradingDay] = 20180000 + day
          const at = row * recordF64 + double.exchangeTimeMs
          work.f64[at] = (work.f64[at] as number) + day * dayMs
        }
        const before = countHeap ? heapUsed() : 0
        const started = performance.now()
        published += decide(feed)
        spentMs += performance.now() - started
        if (countHeap) heap += Math.max(0, heapUsed() - before)
      }
      ns.push((spentMs * 1e6) / (batchRows * feeds))
    }
    const arrivals = batches * batchRows * feeds
    // The median batch: a batch takes some microseconds, so one during which another process had the core is an
    // outlier.
    return { ns: median(ns), bytes: heap / arrivals, published, arrivals }
  }
}

const measure = async (say: (line: string) => void): Promise<Measured> => {
  if (!existsSync(folder)) {
    say("skipped: no recordings")
    return { rows: [["arbitration", "skipped: no recordings"]], figures: {} }
  }
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  const lines: Array<readonly [string, string]> = []
  const figures: Record<string, number> = {}
  for (const [at, name] of recordings.entries()) {
    const rows = await normalised(`${folder}/${name}`)
    for (const feeds of [1, 2]) {
      const pass = makePass(rows, feeds)
      for (let warm = 0; warm < 3; warm++) pass(false)
      const timed = Array.from({ length: 5 }, () => pass(false))
      collect()
      // Cost of reading the heap's size.
      const reading = Math.max(0, -heapUsed() + heapUsed())
      const { published, arrivals, bytes: counted } = pass(true)
      const bytes = Math.max(0, counted - reading / batchRows)
      const ns = median(timed.map((one) => one.ns))
      const levels = at === 0 ? "one level" : "five levels"
      lines.push([
        `arbitration, ${levels}, ${feeds === 1 ? "one of two feeds delivers" : "both feeds deliver"}`,
        `${ns.toFixed(0)} ns and ${bytes.toFixed(1)} bytes an arrival`
      ])
      lines.push([`  over ${arrivals} arrivals of ${name}`, `${published} published`])
      const key = `arbitration_${at === 0 ? "" : "5level_"}${feeds === 1 ? "one" : "both"}`
      figures[`${key}_ns`] = Math.round(ns)
      figures[`${key}_heap_bytes`] = Number(bytes.toFixed(1))
    }
  }
  return { rows: lines, figures }
}

export const suite: Suite = {
  name: "arbitration",
  about: "decide between two feeds, over real recordings",
  run: ({ say }) => Effect.promise(() => measure(say))
}
