// While the next run looks at what a killed one has left, the market trades: it must not wait for a program that no
// run starts any more.
import { assert, it } from "@effect/vitest"
import { isUnreached } from "../../../../../src/ops/application/live/left-state.ts"
import type { LiveRequest } from "../../../../../src/ops/domain/live-flags.ts"
import { everyPart, planOf, type StageName } from "../../../../../src/ops/domain/plan.ts"
import type { RunbookCommand } from "../../../../../src/ops/domain/runbook-words.ts"
import type { RunningState } from "../../../../../src/ops/ports/runtime.ts"

const up: RunningState = { nats: "n", tickd: "t", monitoring: "m", console: "c", activeFeed: "primary" }
const isOut = (command: RunbookCommand, stage: StageName | undefined, now: Partial<RunningState>) => {
  const request: LiveRequest = {
    command,
    window: "day",
    profile: "live",
    config: command === "failover" ? "backup" : "primary",
    logDir: "logs",
    envFile: undefined,
    skipLive: false,
    mock: false,
    debug: false,
    force: false,
    reason: undefined
  }
  const plan = planOf(request, everyPart).map(({ name }) => name)
  return isUnreached({ request, stage }, plan, { ...up, ...now })
}

it("a start or restart is not complete while one of its programs is missing", () => {
  assert.isFalse(isOut("start", "subscription", {}))
  for (const part of ["nats", "tickd", "monitoring", "console"] as const) {
    assert.isTrue(isOut("start", "subscription", { [part]: undefined }), part)
  }
  assert.isTrue(isOut("restart", "handOver", { tickd: undefined }))
  assert.isFalse(isOut("restart", "handOver", { monitoring: undefined }))
})

it("a switch is not complete while the other feed is the active one", () => {
  assert.isTrue(isOut("failover", "switchFeed", {}))
  assert.isFalse(isOut("failover", "switchFeed", { activeFeed: "backup" }))
})

it("a stop that was killed may still be ending a program, and has not asked the ones behind it", () => {
  const left = { console: undefined, monitoring: undefined }
  assert.isTrue(isOut("stop", "stopTickd", left))
  assert.isFalse(isOut("stop", "stopTickd", { ...left, nats: undefined }))
  assert.isFalse(isOut("stop", "stopNats", { ...left, tickd: undefined }))
  assert.isTrue(isOut("stop", undefined, {}))
})
