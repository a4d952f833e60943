import { assert, it } from "@effect/vitest"
import { checkpointDeadlineMs } from "../../../../../src/ops/domain/checkpoint/checkpoint-deadline.ts"
import { shanghai } from "../../../../support/checkpoint-run.ts"

it("is 08:55 of the same day for the day session, whatever the time", () => {
  for (const at of ["00:00:00", "08:50:00", "08:55:00", "14:59:59", "23:59:59"]) {
    assert.strictEqual(checkpointDeadlineMs("day", shanghai(at)), shanghai("08:55:00"))
  }
})

it("is 20:55 of the evening before for a night session after midnight, until that session ends", () => {
  const evening = shanghai("20:55:00")
  for (const at of ["20:50:00", "23:00:00", "2026-12-01T00:00:00", "2026-12-01T02:29:59"]) {
    assert.strictEqual(checkpointDeadlineMs("night", shanghai(at)), evening)
  }
  assert.strictEqual(checkpointDeadlineMs("night", shanghai("2026-12-01T02:30:00")), shanghai("2026-12-01T20:55:00"))
})
