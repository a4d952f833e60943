// The quarantine of one bad minute must not displace that of the five days before: 256 MiB hold about 400,000 ticks.
import { assert, it } from "vitest"
import { noHours } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { TickSlab } from "../../../../../src/kernel/tick/tick-slab.ts"
import { TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeFeedIntegrity } from "../../../../../src/market/application/integrity/feed-integrity.ts"
import { Outbox } from "../../../../../src/market/application/publish/outbox.ts"
import { writeNormalised } from "../../../../support/normalised-records.ts"

it("R14: 10,000 quarantined ticks a second for a minute are kept as a sample, counted, and hide no other reason", () => {
  const outbox = new Outbox(1_000_000)
  const integrity = makeFeedIntegrity({
    instance: "test",
    ledger: new TickLedger("primary", () => ({ received: 0, dropped: 0, empty: true })),
    directory: new InstrumentDirectory(),
    hours: noHours,
    outbox,
    silenceMs: 0,
    phaseAt: () => "trading"
  })
  const slab = new TickSlab(1)
  const quarantine = (receivedMs: number, reason: string) => {
    writeNormalised(slab, 0, { seq: 1, instrument: 0, receivedMs })
    integrity.quarantine(slab, 0, reason, "rb2701")
  }
  for (let tick = 0; tick < 600_000; tick++) quarantine(1000 + Math.floor(tick / 10), "price_positive")
  assert.isAtMost(outbox.waiting, 10_020)
  assert.strictEqual(outbox.waiting + outbox.omitted, 600_000)
  const before = outbox.waiting
  quarantine(61_000, "volume_fell")
  assert.strictEqual(outbox.waiting, before + 1)
})
