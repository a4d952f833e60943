// What judging a tick costs: normalisation and every law over a real recording, nanoseconds and bytes of heap a tick.
import { existsSync } from "node:fs"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Effect } from "effect"
import { chinaCalendar } from "../../src/kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../src/kernel/calendar/trading-sessions.ts"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { phaseSourceOf } from "../../src/kernel/instrument/instrument-hours.ts"
import { recordBytes, recordI32, TickSlab, word } from "../../src/kernel/tick/tick-slab.ts"
import { makeNormaliseTick } from "../../src/market/application/intake/normalise-tick.ts"
import { makeReplayClock } from "../../src/market/application/intake/tick-clock.ts"
import { rawRecords } from "../support/recording-records.ts"
import type { Measured, Suite } from "./suite.ts"

export const folder =
  process.env["TICKD_RECORDINGS"] ?? new URL("../../../shared/data/ticks/", import.meta.url).pathname
/** 173 instruments of four exchanges with one level, and four of CFFEX with five. */
export const recordings = ["me_market_20171113.csv.gz", "qb_IF5_20141225.csv.gz"]
const rowsMax = 100_000
const batchRows = 1024

/** The first rows of a recording, raw. */
export const loadRows = async (file: string) => {
  const symbols = { ids: [] as Array<string | undefined>, resolved: [] as Array<number> }
  const all = new TickSlab(rowsMax)
  for await (const { slab, count } of rawRecords(file, symbols)) {
    const taken = Math.min(count, rowsMax - all.used)
    all.bytes.set(slab.bytes.subarray(0, taken * recordBytes), all.used * recordBytes)
    all.used += taken
    if (all.used === rowsMax) break
  }
  return { all, ids: symbols.ids }
}

export const heapUsed = () => process.memoryUsage().heapUsed

const makePass = (rows: Awaited<ReturnType<typeof loadRows>>, work: TickSlab) => {
  const directory = new InstrumentDirectory()
  const normalise = makeNormaliseTick({
    directory,
    loginTradingDay: () => 0,
    clock: makeReplayClock(),
    hours: phaseSourceOf(directory, new TradingSessions(chinaCalendar))
  })
  const symbols = { ids: rows.ids, resolved: rows.ids.map(() => -1) }
  const days = chinaCalendar.tradingDaysBetween(20180102, 20181228)
  let passes = 0
  /**
   * The same rows again on the next trading day: they are news for the line, and its code stays warm as in a daemon.
   */
  return (countHeap: boolean) => {
    const day = days[passes++] as number
    let spentMs = 0
    let heap = 0
    let published = 0
    for (let from = 0; from < rows.all.used; from += batchRows) {
      const count = Math.min(batchRows, rows.all.used - from)
      work.bytes.set(rows.all.bytes.subarray(from * recordBytes, (from + count) * recordBytes))
      for (let row = 0; row < count; row++) {
        work.i32[row * recordI32 + word.tradingDay] = day
        work.i32[row * recordI32 + word.actionDay] = 0
      }
      const before = countHeap ? heapUsed() : 0
      const started = performance.now()
      for (let row = 0; row < count; row++) if (normalise(work, row, symbols) === 0) published++
      spentMs += performance.now() - started
      // A collection in between would show as a decrease, and is left out.
      if (countHeap) heap += Math.max(0, heapUsed() - before)
    }
    return { ns: (spentMs * 1e6) / rows.all.used, bytes: heap / rows.all.used, published }
  }
}

export const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

const measure = async (say: (line: string) => void): Promise<Measured> => {
  if (!existsSync(folder)) {
    say("skipped: no recordings")
    return { rows: [["normalise and laws", "skipped: no recordings"]], figures: {} }
  }
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  const rows: Array<readonly [string, string]> = []
  const figures: Record<string, number> = {}
  const work = new TickSlab(batchRows)
  for (const [at, name] of recordings.entries()) {
    const loaded = await loadRows(`${folder}/${name}`)
    const pass = makePass(loaded, work)
    for (let warm = 0; warm < 3; warm++) pass(false)
    collect()
    const ns = median(Array.from({ length: 5 }, () => pass(false).ns))
    collect()
    // Cost of reading the heap's size.
    const reading = Math.max(0, -heapUsed() + heapUsed())
    const counted = pass(true)
    const bytes = Math.max(0, counted.bytes - reading / batchRows)
    const levels = at === 0 ? "one level" : "five levels"
    rows.push([`normalise and laws, ${levels}`, `${ns.toFixed(0)} ns and ${bytes.toFixed(1)} bytes a tick`])
    rows.push([`  over ${loaded.all.used} rows of ${name}`, `${counted.published} published`])
    figures[at === 0 ? "laws_ns" : "laws_5level_ns"] = Math.round(ns)
    figures[at === 0 ? "laws_heap_bytes" : "laws_5level_heap_bytes"] = Number(bytes.toFixed(1))
  }
  return { rows, figures }
}

export const suite: Suite = {
  name: "laws",
  about: "normalise and judge a tick, over real recordings",
  run: ({ say }) => Effect.promise(() => measure(say))
}
