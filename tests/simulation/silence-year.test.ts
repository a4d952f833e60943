// One false alarm a day and operators ignore them; an unreported silent main contract costs a position. Both are
// tested over a whole year.
import { assert, describe, it } from "vitest"
import { fallSilent, liveYear, sections, type Told } from "../support/silence-year.ts"
import { spansOf, tradingDays, yearContracts } from "../support/trading-year.ts"

/** The slowest report, and all late, missing or additional ones. */
const judged = (told: ReadonlyArray<Told>, mostMs: number) => {
  const wrong = told.filter(({ afterMs, others }) => !(afterMs <= mostMs) || others.length > 0)
  return { slowestMs: Math.max(...told.map(({ afterMs }) => afterMs)), wrong: wrong.length, first: wrong.slice(0, 3) }
}

it("the year 2026 from its first midnight to its last raises no alarm", { timeout: 3_600_000 }, () => {
  assert.strictEqual(tradingDays.length, 242)
  const { alarms, closedLooks, ranMs, ticks, watchedLooks } = liveYear(false)
  console.log(
    `${(ranMs / 3_600_000).toFixed(0)} h look by look, ${watchedLooks} looks at an open market, ${closedLooks} at a closed one, ${ticks} ticks`
  )
  assert.deepStrictEqual([alarms.length, alarms.slice(0, 5)], [0, []])
  assert.isAbove(watchedLooks, 5_000_000)
})

describe("in every section of the year, at the opening, just after it, in the middle and just before the close", () => {
  for (const id of ["au2702", "cu2701", "rb2701", "lc2701", "IF2612", "T2703"]) {
    it(`a silent ${id} is reported within 2 s`, () => {
      const contract = yearContracts.find((one) => one.id === id)
      if (contract === undefined) throw new Error(`${id} is no contract of the year`)
      const spans = spansOf(contract)
      // When only it trades, its silence is the feed's too.
      const told = fallSilent(spans, [id], (alarm) => alarm === id, 2000).map((one) => ({
        ...one,
        others: one.others.filter((alarm) => alarm !== "feed")
      }))
      const { first, slowestMs, wrong } = judged(told, 2000)
      console.log(`${told.length} silences of ${id}, the slowest reported after ${slowestMs.toFixed(0)} ms`)
      assert.deepStrictEqual([wrong, first], [0, []])
      assert.isAbove(told.length, spans.length * 5 - 20)
    })
  }

  it("a silent feed is reported within 1.5 s", () => {
    const ids = yearContracts.map(({ id }) => id)
    // Main contracts of it may be reported in the same check.
    const told = fallSilent(sections, ids, (alarm) => alarm === "feed", 1500).map((one) => ({ ...one, others: [] }))
    const { first, slowestMs, wrong } = judged(told, 1500)
    console.log(`${told.length} silences of the feed, the slowest reported after ${slowestMs.toFixed(0)} ms`)
    assert.deepStrictEqual([wrong, first], [0, []])
    assert.isAbove(told.length, 8000)
  })
})
