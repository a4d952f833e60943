// A report that leaves an event out, or shows it twice, is worse than none: it is believed.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { mergeTimeline, type TimelineFact } from "../../../../../src/ops/domain/incident/timeline.ts"

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
/** Few times, few runs and few numbers: equal times and facts that are there twice are frequent. */
const drafts = Schema.Array(Schema.Tuple([whole(0, 12), whole(0, 2), whole(0, 9)])).check(Schema.isMaxLength(60))

const factOf = ([atMs, run, seq]: readonly [number, number, number]): TimelineFact => ({
  key: `${run}/${atMs}/${seq}`,
  atMs,
  origin: `run-${run}`,
  seq,
  kind: "transition",
  subject: "session-primary",
  text: { en: "", zh: "" },
  isTrouble: false,
  isAction: false
})

describe("mergeTimeline", () => {
  it.prop(
    "shows every fact of the range once, in the order of time and of its run",
    [drafts, whole(0, 12), whole(0, 12)],
    ([found, fromMs, toMs]) => {
      const facts = found.map(factOf)
      const merged = mergeTimeline(facts, { fromMs, toMs })
      const wanted = new Set(facts.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).map(({ key }) => key))
      assert.deepStrictEqual(new Set(merged.map(({ key }) => key)), wanted)
      assert.strictEqual(merged.length, wanted.size)
      for (const [at, fact] of merged.entries()) {
        const next = merged[at + 1]
        if (next === undefined) continue
        assert.isAtMost(fact.atMs, next.atMs)
        if (fact.atMs === next.atMs && fact.origin === next.origin) assert.isAtMost(fact.seq, next.seq)
      }
      // The order does not depend on which source was read first.
      assert.deepStrictEqual(mergeTimeline(facts.toReversed(), { fromMs, toMs }), merged)
    },
    { arbitrary: { runs: 500, seed: 7 } }
  )
})
