// An outage loses thousands of ticks a second: the log must report it while it lasts, with few lines.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { SlabPool } from "../../../../../src/kernel/tick/tick-slab.ts"
import { TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeTickQueue } from "../../../../../src/market/application/intake/tick-queue.ts"
import { OverflowIntegrity } from "../../../../../src/market/application/integrity/overflow-integrity.ts"
import { DaemonLog } from "../../../../../src/market/layers/log/daemon-log.ts"
import { makeEventLines } from "../../../../../src/market/layers/log/event-lines.ts"
import { makeOverflowLog } from "../../../../../src/market/layers/log/overflow-log.ts"
import { writeNormalised } from "../../../../support/normalised-records.ts"

it.effect("reports once a second what was lost since, by place, and how old the oldest tick is", () =>
  Effect.gen(function* () {
    let dropped = 0
    const ledger = new TickLedger("primary", () => ({ received: dropped, dropped, empty: true }))
    const pool = new SlabPool({ rows: 100, keep: 1 })
    const integrity = new OverflowIntegrity("drop-oldest")
    integrity.add(0, { ledger })
    const queue = yield* makeTickQueue(100, { integrity, pool })
    const lines: Array<Record<string, unknown>> = []
    const log = new DaemonLog({ level: "INFO", write: (line) => void lines.push(JSON.parse(line)), account: "****" })
    const hear = makeEventLines(log, () => undefined)
    let nowMs = 0
    const look = makeOverflowLog(
      { ledger, queue },
      () => nowMs,
      (news) => hear({ type: "ticksGivenUp", ...news })
    )
    look()
    let seq = 0
    const push = () => {
      const slab = pool.take()
      for (slab.used = 0; slab.used < 50; slab.used++) {
        writeNormalised(slab, slab.used, { seq: ++seq, instrument: 1, receivedMs: nowMs })
      }
      slab.held = 1
      ledger.queued += 50
      queue.push({ slab, feed: 0, start: 0, count: 50 })
    }
    for (nowMs = 100; nowMs <= 1200; nowMs += 100) {
      push()
      if (nowMs === 500) dropped = 7
      look()
    }
    assert.lengthOf(lines, 1)
    assert.deepInclude(lines[0], {
      level: "WARNING",
      event: "ticks_given_up",
      feed: "primary",
      policy: "drop-oldest",
      count: 8 * 50 + 7,
      ring: 7,
      overflow: 400,
      conflated: 0,
      oldest_ms: 1000
    })
    nowMs = 2000
    look()
    assert.deepInclude(lines[1], { count: 100, oldest_ms: 2000 })
    for (; nowMs < 9000; nowMs += 100) look()
    assert.lengthOf(lines, 2)
  })
)
