// A role that answers `ready` while it drains gets traffic that it will not serve; one that hides a cause costs an
// hour.
import { assert, it } from "@effect/vitest"
import { makeReadyAnswer, type ReadySources } from "../../../../src/platform/http/ready-answer.ts"

const answerOf = (sources: Partial<ReadySources>) =>
  makeReadyAnswer({
    state: () => "ready",
    missing: () => [],
    waiting: () => [],
    redundancy: () => undefined,
    ...sources
  }).answer()

const store = { part: "store", blocks: true, message: "the disk is full" }
const port = { part: "telemetry", blocks: false, message: "another program holds the port" }

it("is not ready while the daemon boots, drains or has stopped, even with nothing missing", () => {
  assert.deepStrictEqual(answerOf({ state: () => undefined }).reasons, ["daemon booting"])
  assert.deepStrictEqual(answerOf({ state: () => "draining" }).reasons, ["daemon draining"])
  assert.deepStrictEqual(answerOf({ state: () => "stopped", missing: () => ["no venue"] }).reasons, [
    "daemon stopped",
    "no venue"
  ])
  assert.deepStrictEqual(answerOf({ state: () => "degraded" }).reasons, [])
})

it("names a part that waits with the reasons when something is missing, and beside them when nothing is", () => {
  const missing = answerOf({ missing: () => ["no venue"], waiting: () => [store, port] })
  assert.deepStrictEqual(missing, {
    reasons: ["no venue", "store: the disk is full"],
    beside: ["telemetry: another program holds the port"]
  })
  const sound = answerOf({ waiting: () => [store, port], redundancy: () => "1 of 2 feeds" })
  assert.deepStrictEqual(sound, {
    reasons: [],
    redundancy: "1 of 2 feeds",
    beside: ["store: the disk is full", "telemetry: another program holds the port"]
  })
})
