// NATS accepts a pattern that can never match: its reader would wait forever and assume that the market is closed.
import { assert, it } from "@effect/vitest"
import { patternFault, patternsMeet } from "../../../../src/protocol/control/subject-pattern.ts"

it("is refused where NATS refuses it, and where it takes a wildcard for a letter", () => {
  for (const good of ["md.tick.>", ">", "*", "md.*.SHFE.rb.rb2610", "md.tick.DCE.a.SP%20a2501%26a2505", "$KV.x.>"])
    assert.strictEqual(patternFault(good), undefined, good)
  assert.match(patternFault("md.tick..x") ?? "", /token 3 \(""\) is empty/)
  assert.match(patternFault("") ?? "", /is empty/)
  assert.match(patternFault("md tick") ?? "", /holds a space/)
  assert.match(patternFault("md.>.x") ?? "", /nothing may come behind/)
  assert.match(patternFault("md.tick.*.*.IF*") ?? "", /token 5 \("IF\*"\) is no wildcard/)
  assert.match(patternFault("md.tick>") ?? "", /is no wildcard/)
})

it("meets another one exactly when a subject matches both", () => {
  const meet: ReadonlyArray<readonly [string, string, boolean]> = [
    ["md.tick.>", "md.tick.SHFE.rb.rb2610", true],
    ["md.tick.*.*.rb2610", "md.tick.>", true],
    ["*.tick.>", "md.>", true],
    ["md.ticks.>", "md.tick.>", false],
    ["md.tick", "md.tick.>", false],
    ["md.*", "md.tick.>", false],
    ["md.*.x", "md.tick.*", true],
    [">", "a", true],
    ["a.b", "a.c", false]
  ]
  for (const [one, other, expected] of meet) {
    assert.strictEqual(patternsMeet(one, other), expected, `${one} ${other}`)
    assert.strictEqual(patternsMeet(other, one), expected, `${other} ${one}`)
  }
})
