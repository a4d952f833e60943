// A rule that deletes files must be right for every set of files, not only for the ones of an example.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { belongsTo, expiredFiles } from "../../../../../src/ops/domain/retention/retention-rule.ts"

const dayMs = 86_400_000
const nowMs = Date.parse("2026-11-30T12:00:00Z")
const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
/** Ages in sixths of a day: equal ages and ages at a limit are frequent. A negative one is in the future. */
const ages = Schema.Array(whole(-12, 900)).check(Schema.isMaxLength(40))
const limits = whole(1, 120)
const filesOf = (sixths: ReadonlyArray<number>) =>
  sixths.map((age, at) => ({ path: `f${at}`, bytes: at, modifiedMs: nowMs - (age * dayMs) / 6 }))
const runs = { arbitrary: { runs: 500, seed: 7 } }

describe("expiredFiles", () => {
  it.prop(
    "never names the newest file, a file in the future, or a file within its days",
    [ages, limits],
    ([sixths, days]) => {
      const files = filesOf(sixths)
      const expired = expiredFiles(files, nowMs, days)
      const past = files.filter(({ modifiedMs }) => modifiedMs <= nowMs)
      const newest = Math.max(...past.map(({ modifiedMs }) => modifiedMs))
      for (const file of expired) {
        assert.include(files, file)
        assert.isBelow(file.modifiedMs, newest)
        assert.isAbove(nowMs - file.modifiedMs, days * dayMs)
      }
      if (past.length > 0) assert.isBelow(expired.length, past.length)
    },
    runs
  )

  it.prop(
    "names every other file that is older than its days, and no file twice",
    [ages, limits],
    ([sixths, days]) => {
      const files = filesOf(sixths)
      const expired = expiredFiles(files, nowMs, days).map(({ path }) => path)
      const newest = Math.max(...files.filter((file) => file.modifiedMs <= nowMs).map((file) => file.modifiedMs))
      const old = files.filter((file) => nowMs - file.modifiedMs > days * dayMs && file.modifiedMs !== newest)
      assert.deepStrictEqual(expired.toSorted(), old.map(({ path }) => path).toSorted())
    },
    runs
  )

  it.prop(
    "has nothing to do after it was carried out",
    [ages, limits],
    ([sixths, days]) => {
      const files = filesOf(sixths)
      const expired = new Set(expiredFiles(files, nowMs, days))
      const left = files.filter((file) => !expired.has(file))
      assert.deepStrictEqual(expiredFiles(left, nowMs, days), [])
    },
    runs
  )

  it("keeps a file exactly at its limit, and all files of the newest time", () => {
    const at = (path: string, days: number) => ({ path, bytes: 1, modifiedMs: nowMs - days * dayMs })
    assert.deepStrictEqual(expiredFiles([at("a", 7), at("new", 0)], nowMs, 7), [])
    assert.deepStrictEqual(expiredFiles([at("a", 40), at("b", 40)], nowMs, 7), [])
    assert.deepStrictEqual(
      expiredFiles([at("b", 9), at("c", 10), at("new", 8)], nowMs, 7).map(({ path }) => path),
      ["c", "b"]
    )
  })

  it("deletes nothing when there are no files", () => assert.deepStrictEqual(expiredFiles([], nowMs, 1), []))
})

describe("belongsTo", () => {
  const names = [
    ["runbook", "start_live_env.log", true],
    ["runbook", "subscription_check_20261101-090000.json", true],
    ["runbook", "20261101_runbook.tar.gz", true],
    ["runbook", "20261101_startup.png", false],
    ["runbook", "startup_audit.log", false],
    ["runbook", "subscription_audit.log", false],
    ["runbook", ".env.runtime.json", false],
    ["runbook", "program.sh", false],
    ["screenshot", "20261101_startup.png", true],
    ["screenshot", "start_live_env.log", false],
    ["incident", "20261101-failover.yaml", true],
    ["incident", "audit.yaml", false]
  ] as const
  it.each(names)("%s: %s is %s", (kind, name, expected) => assert.strictEqual(belongsTo(kind, name), expected))
})
