// The demo's exit code depends on this check: it must fail for each way in which a tick can be missing.
import { assert, it } from "@effect/vitest"
import { type DemoReport, finalText, isAccountedFor } from "../../../../src/app/demo/demo-report.ts"

const good: DemoReport = {
  received: 12_345,
  published: 12_340,
  duplicate: 0,
  quarantined: 5,
  conflated: 0,
  dropped: 0,
  dropped_at: {},
  spooled: 0,
  recovered: 0,
  in_flight: 0,
  stored: 12_340,
  ticks_per_second: 1000,
  p50_ms: 1.5,
  p99_ms: 3,
  restarts: 0,
  balanced: true
}

it("accepts an exact account only", () => {
  assert.isTrue(isAccountedFor(good))
  for (const wrong of [
    { balanced: false },
    { in_flight: 1 },
    { stored: 12_339 },
    { stored: 12_341 },
    { stored: null },
    { recovered: 1 }
  ]) {
    assert.isFalse(isAccountedFor({ ...good, ...wrong }))
    assert.include(finalText({ ...good, ...wrong }), "NOT every tick")
  }
})

it("what a previous run had spooled is in the stream and not in the ledger", () => {
  const report = { ...good, recovered: 100, stored: 12_440 }
  assert.isTrue(isAccountedFor(report))
  assert.include(finalText(report), "holds 12,440 messages of this run, 100 of them spooled by an earlier one")
  assert.include(finalText({ ...good, published: 12_300, spooled: 40 }), "in flight 0 + spooled 40")
})

it("prints the ledger for people", () => {
  assert.include(finalText(good), "received 12,345 = published 12,340 + quarantined 5")
  assert.include(finalText({ ...good, stored: null }), "could not be asked")
  assert.include(
    finalText({ ...good, published: 12_300, conflated: 30, dropped: 10, dropped_at: { ring: 3, overflow: 7 } }),
    "quarantined 5 + dropped 10 (ring 3, overflow 7) + in flight 0 + conflated 30"
  )
})
