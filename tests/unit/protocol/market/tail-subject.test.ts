// A subject that no tick can have is waited for in silence: one line at once says how the subjects look.
import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { neverMatches } from "../../../../src/cli/tail.ts"
import { makeTickSubjects } from "../../../../src/protocol/market/subjects.ts"

const ticks = Result.getOrThrow(makeTickSubjects())

it("U12: a subject of ticks that none can have is named, with one that works", () => {
  assert.strictEqual(
    neverMatches("md.tick.SHFE", ticks),
    "no tick has a subject like md.tick.SHFE: they are md.tick.{exchange}.{product}.{instrument}; is 'md.tick.SHFE.>' meant?"
  )
  assert.include(neverMatches("rb2612", ticks), "is 'md.tick.*.*.rb2612' meant?")
  assert.include(neverMatches("md.tick.SHFE.rb2612", ticks), "is 'md.tick.SHFE.>' meant?")
})

it("says nothing of subjects that ticks or other messages have", () => {
  for (const pattern of [
    ">",
    "*.>",
    "md.>",
    "md.tick.>",
    "md.tick.*.*.rb2612",
    "md.gap.>",
    "md.event.session-primary"
  ]) {
    assert.isUndefined(neverMatches(pattern, ticks), pattern)
  }
})
