import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { readRetentionSettings } from "../../../../src/ops/config/retention-variables.ts"

it.effect("has the limits of the runbook when nothing is set", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* readRetentionSettings({ TICKD_RETENTION_DIR: " " }), {
      folder: "logs",
      keepDays: { runbook: 30, screenshot: 7, incident: 90 }
    })
  })
)

it.effect("names every faulty variable at once: a limit of 0 days would delete today's logs", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(
      readRetentionSettings({ TICKD_RETENTION_RUNBOOK_DAYS: "0", TICKD_RETENTION_SCREENSHOT_DAYS: "a week" })
    )
    assert.strictEqual(error.exitCode, 78)
    assert.include(error.message, 'TICKD_RETENTION_RUNBOOK_DAYS is "0"')
    assert.include(error.message, 'TICKD_RETENTION_SCREENSHOT_DAYS is "a week"')
  })
)
