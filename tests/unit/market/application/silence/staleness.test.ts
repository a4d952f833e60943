// Silence is measured against trading hours and each contract's own rhythm: with one false alarm a day, operators
// ignore them.
import { assert, describe, it } from "vitest"
import { alwaysOpen } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { dice, lookMs, makeFeed } from "../../../../support/silence-watch.ts"

describe("one instrument", () => {
  it("a main contract that ticks twice a second is reported within 2 s, a quiet option beside it is not", () => {
    const { clock, staleness, tick, names } = makeFeed(["rb2701", "IF2612", "rb2701C3000"], () => alwaysOpen)
    const random = dice(7)
    let optionMs = clock.nowMs
    let silentFromMs = Number.POSITIVE_INFINITY
    let reportedMs = Number.NaN
    for (let step = 0; step < 36_000; step++) {
      clock.nowMs += lookMs
      if (step === 30_000) silentFromMs = clock.nowMs
      if (step % 5 === 0) {
        if (clock.nowMs < silentFromMs) tick("rb2701")
        tick("IF2612", clock.nowMs - 20 * random())
      }
      if (clock.nowMs >= optionMs) {
        tick("rb2701C3000")
        optionMs = clock.nowMs - 40_000 * Math.log(random())
      }
      staleness.look(clock.nowMs)
      if (Number.isNaN(reportedMs) && names().length > 0) reportedMs = clock.nowMs
      if (clock.nowMs < silentFromMs) assert.deepStrictEqual(names(), [])
    }
    assert.isAtMost(reportedMs - silentFromMs, 2000)
    assert.isAtLeast(reportedMs - silentFromMs, 1000)
    assert.deepStrictEqual(names(), ["rb2701"])
    assert.strictEqual(staleness.last().silentMs, 0)
    tick("rb2701")
    staleness.look(clock.nowMs + lookMs)
    assert.deepStrictEqual(names(), [])
  })

  it("what the other feed sees proves a silence that no rhythm shows, and excuses one that both have", () => {
    const directory = new InstrumentDirectory()
    const ids = ["rb2701", "IF2612"]
    const primary = makeFeed(ids, () => alwaysOpen, directory)
    const backup = makeFeed(ids, () => alwaysOpen, directory, primary.subscriptions)
    const run = (
      steps: number,
      onPrimary: ReadonlyArray<string>,
      onBackup: ReadonlyArray<string>,
      everySteps: number
    ) => {
      for (let step = 0; step < steps; step++) {
        for (const feed of [primary, backup]) feed.clock.nowMs += lookMs
        if (step % everySteps === 0) {
          for (const id of onPrimary) primary.tick(id)
          for (const id of onBackup) backup.tick(id)
        }
        backup.staleness.look(backup.clock.nowMs)
      }
    }
    // Too few ticks for a rhythm.
    run(30, ids, ids, 10)
    run(40, ids, ["IF2612"], 10)
    assert.deepStrictEqual(backup.names(), ["rb2701"])
    run(200, ids, ids, 5)
    run(100, ["IF2612"], ["IF2612"], 5)
    assert.deepStrictEqual(backup.names(), [])
  })

  it("waits while ticks lie unread, and after a late check", () => {
    const { clock, staleness, tick, names } = makeFeed(["rb2701", "IF2612"], () => alwaysOpen)
    for (let step = 0; step < 600; step++) {
      clock.nowMs += lookMs
      if (step % 5 === 0) for (const id of ["rb2701", "IF2612"]) tick(id)
      staleness.look(clock.nowMs)
    }
    staleness.look(clock.nowMs + 10_000)
    assert.deepStrictEqual([names(), staleness.last().silentMs], [[], 0])
    staleness.look(clock.nowMs + 10_100)
    assert.strictEqual(names().length, 2)
    assert.isAbove(staleness.last().silentMs, 10_000)
  })
})

describe("R10: the host's clock is set while ticks flow", () => {
  for (const [what, byMs] of [
    ["on by five minutes", 300_000],
    ["back by five minutes", -300_000]
  ] as const) {
    it(`R10: ${what}: no instrument is silent by it, no rhythm learns it, and a silence that follows is found`, () => {
      const ids = ["rb2701", "IF2612", "rb2701C3000"]
      const { clock, staleness, tick, names } = makeFeed(ids, () => alwaysOpen, undefined, undefined, 10_000_000)
      const run = (steps: number, rb: boolean) => {
        for (let step = 0; step < steps; step++) {
          clock.nowMs += lookMs
          if (step % 5 === 0 && rb) tick("rb2701")
          if (step % 5 === 0) tick("IF2612")
          if (step % 50 === 0) tick("rb2701C3000")
          staleness.look(clock.nowMs)
          if (rb) assert.deepStrictEqual([names(), staleness.last().silentMs], [[], 0], `step ${step}`)
        }
      }
      run(9025, true)
      clock.nowMs += byMs
      run(600, true)
      const limits = ids.map((_, row) => staleness.describe(row, clock.nowMs).limitMs)
      assert.isBelow(Math.max(...limits), 60_000)
      run(25, false)
      assert.deepStrictEqual(names(), ["rb2701"])
    })
  }
})

it("a whole feed that falls silent is reported within 1.5 s, and not when the session is gone", () => {
  const ids = Array.from({ length: 500 }, (_, at) => `rb${2000 + at}`)
  const { clock, staleness, tick, subscriptions } = makeFeed(ids, () => alwaysOpen)
  const random = dice(3)
  for (let step = 0; step < 600; step++) {
    clock.nowMs += lookMs
    if (step % 5 === 0) for (const id of ids) if (random() < 0.1) tick(id, clock.nowMs - 60 * random())
    assert.strictEqual(staleness.look(clock.nowMs).silentMs, 0)
  }
  // The last burst was four checks ago.
  const lastMs = clock.nowMs - 400
  while (staleness.look(clock.nowMs).silentMs === 0) clock.nowMs += lookMs
  assert.isAtMost(clock.nowMs - lastMs, 1500)
  subscriptions.heard({ type: "disconnected", reason: 0x1001 })
  assert.deepInclude(staleness.look(clock.nowMs + lookMs), { up: false, silentMs: 0, stalled: [] })
})

it("20,000 instruments are checked 200 times within 5 s; the time of one check is printed", () => {
  const ids = Array.from({ length: 20_000 }, (_, at) => `rb${10_000 + at}`)
  const { clock, staleness, tick } = makeFeed(ids, () => alwaysOpen)
  const times: Array<number> = []
  for (let step = 0; step < 200; step++) {
    clock.nowMs += lookMs
    for (let at = step % 5; at < ids.length; at += 5) tick(ids[at] as string)
    const before = performance.now()
    staleness.look(clock.nowMs)
    times.push(performance.now() - before)
  }
  // The faster ones: other work on the machine does not count.
  const fast = times.sort((a, b) => a - b)[20] as number
  console.log(`one look at 20,000 instruments: ${fast.toFixed(3)} ms, median ${times[100]?.toFixed(3)} ms`)
  const allMs = times.reduce((sum, ms) => sum + ms, 0)
  assert.isBelow(allMs, 5000)
})
