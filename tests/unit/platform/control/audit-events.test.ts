// A script that sends commands at the limit must not displace the history of a bad week from the event stream.
import { afterEach, assert, beforeEach, it, vi } from "vitest"
import { makeAuditEvents } from "../../../../src/platform/control/audit-events.ts"
import { monotonicMs } from "../../../../src/platform/process/clock.ts"
import type { AuditEntry } from "../../../../src/protocol/control/command.ts"
import { eventOptions } from "../../../../src/protocol/market/streams.ts"

beforeEach(() => vi.useFakeTimers({ now: 0 }))
afterEach(() => vi.useRealTimers())

const later = (run: () => void, afterMs: number) => void setTimeout(run, afterMs)

const entryOf = (n: number, result: AuditEntry["result"]): AuditEntry => ({
  version: 2,
  id: String(n),
  at: "",
  instance: "t",
  verb: "resubscribe",
  request: {},
  request_id: null,
  reason: "",
  by: { user: "u", host: "h", client: "c" },
  result,
  code: null,
  message: ""
})

it("V4: accepted commands at twenty a second leave room for five days of other audit events, and none is uncounted", () => {
  const events: Array<{ readonly entry: AuditEntry; readonly hash: string }> = []
  const audit = makeAuditEvents({
    report: (entry, hash) => void events.push({ entry, hash }),
    monotonicMs,
    later
  })
  const hours = 6
  let n = 0
  for (let at = 0; at < hours * 3600 * 20; at++) {
    audit.note(entryOf(++n, "accepted"), `a${n}`)
    audit.note(entryOf(n, "done"), `d${n}`)
    vi.advanceTimersByTime(50)
  }
  audit.flush()
  assert.strictEqual(
    events.reduce((sum, { entry }) => sum + 1 + (entry.folded ?? 0), 0),
    n * 2
  )
  assert.deepStrictEqual(
    events.slice(-2).map(({ entry, hash }) => [entry.id, hash]),
    [
      [String(n), `a${n}`],
      [String(n), `d${n}`]
    ]
  )
  const fiveDays = 2000 + (events.length - 2000) * ((5 * 24) / hours)
  assert.isBelow(fiveDays, eventOptions.maxPerSubject * 0.8)
  const first = events.slice(0, 2000)
  assert.isTrue(
    first.every(({ entry }) => entry.folded === undefined),
    "a burst is written one by one"
  )
})
