// Operators act on this record: it must neither pass what was late, nor alarm for what had passed in time.
import { assert, describe, it } from "@effect/vitest"
import { checkpointRecordOf } from "../../../../../src/ops/domain/checkpoint/checkpoint-record.ts"
import { checkpointRunOf, failedRun } from "../../../../support/checkpoint-run.ts"

const recordOf = (
  given: Parameters<typeof checkpointRunOf>[0],
  earlier: Parameters<typeof checkpointRecordOf>[1] = []
) => checkpointRecordOf(checkpointRunOf(given), earlier)

describe("a checkpoint", () => {
  it("passes up to its deadline and is late afterwards", () => {
    assert.deepInclude(recordOf({ at: "08:55:00" }), {
      timestamp: "2026-11-30T08:55:00.000+08:00",
      session: "day",
      status: "passed",
      deadline: "2026-11-30T08:55:00.000+08:00",
      deadline_met: true,
      exit_code: 0,
      duration_s: 4.2
    })
    assert.deepInclude(recordOf({ at: "08:55:00.001" }), { status: "late", deadline_met: false, exit_code: 0 })
  })

  it("is not late when the same session has passed in time before", () => {
    const earlier = [recordOf({ at: "08:50:00" })]
    assert.deepInclude(recordOf({ at: "10:00:00" }, earlier), { status: "passed", deadline_met: true })
    assert.deepInclude(recordOf({ at: "10:00:00", result: failedRun }, earlier), { status: "failed" })
  })

  it.each([
    ["another session", recordOf({ at: "20:50:00", request: { window: "night" } })],
    ["another day", recordOf({ at: "2026-11-29T08:50:00" })],
    ["another profile", recordOf({ at: "08:50:00", request: { profile: "dev" } })],
    ["a mock", recordOf({ at: "08:50:00", request: { mock: true } })],
    ["a failure", recordOf({ at: "08:50:00", result: failedRun })]
  ])("is late all the same after %s", (_, earlier) => {
    assert.deepInclude(recordOf({ at: "10:00:00" }, [earlier]), { status: "late", deadline_met: false })
  })

  it("names each check: those that held, the one that failed, and those that were not run", () => {
    assert.deepStrictEqual(recordOf({ result: { ...failedRun, stage: "preflight" } }).checks, [
      { check: "validate", result: "passed", message: "" },
      { check: "preflight", result: "failed", message: "Coverage is 98.0 %" },
      { check: "checkAll", result: "not_run", message: "" }
    ])
    assert.deepStrictEqual(
      recordOf({}).checks.map(({ result }) => result),
      ["passed", "passed", "passed"]
    )
  })

  it("has no deadline on a day without the session, and fails no check", () => {
    const record = recordOf({ at: "10:00:00", result: { end: "noSession", why: "holiday", stage: "preflight" } })
    assert.deepInclude(record, { status: "no_session", deadline_met: null, exit_code: 0 })
    assert.deepStrictEqual(
      record.checks.map(({ result }) => result),
      ["passed", "not_run", "not_run"]
    )
  })

  it("says nothing of the session after Ctrl-C, and fails after SIGTERM, as from a timer", () => {
    assert.deepInclude(recordOf({ result: { end: "interrupted", exit: "interrupted" } }), {
      status: "interrupted",
      deadline_met: null,
      exit_code: 130
    })
    assert.deepInclude(recordOf({ result: { end: "interrupted", exit: "terminated" } }), { status: "failed" })
  })
})
