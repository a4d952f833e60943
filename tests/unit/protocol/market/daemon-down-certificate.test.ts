// A session with a time without a daemon must not be certified as complete, even when all the rest is.

import { Effect } from "effect"
import { expect, it } from "vitest"
import { noHours } from "../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../src/kernel/instrument/instrument-directory.ts"
import { SlabPool } from "../../../../src/kernel/tick/tick-slab.ts"
import { TickLedger } from "../../../../src/market/application/intake/ledger.ts"
import { makeTickIntake } from "../../../../src/market/application/intake/tick-intake.ts"
import { makeTickQueue } from "../../../../src/market/application/intake/tick-queue.ts"
import { makeFeedIntegrity } from "../../../../src/market/application/integrity/feed-integrity.ts"
import { Outbox } from "../../../../src/market/application/publish/outbox.ts"
import type { IntegrityEvent } from "../../../../src/market/ports/integrity-publisher.ts"
import type { CertificateMessage } from "../../../../src/protocol/market/certificate-message.ts"
import { writeNormalised } from "../../../support/normalised-records.ts"

const startMs = Date.UTC(2026, 10, 23, 2)

/** The certificate of a run with one batch of ticks, a previous run of which ended at `lastTickMs`. */
const certificateAfter = async (lastTickMs: number | undefined) => {
  let received = 0
  const ledger = new TickLedger("primary", () => ({ received, dropped: 0, empty: true }))
  const told: Array<IntegrityEvent> = []
  const outbox = new (class extends Outbox {
    override offer(event: IntegrityEvent): boolean {
      told.push(event)
      return super.offer(event)
    }
  })(100)
  const integrity = makeFeedIntegrity({
    instance: "test",
    ledger,
    directory: new InstrumentDirectory([{ id: "rb2701", exchange: "SHFE", product: "rb", priceTick: 1 }]),
    hours: noHours,
    outbox,
    silenceMs: 0,
    phaseAt: () => "trading"
  })
  const pool = new SlabPool({ rows: 64, keep: 2 })
  const queue = await Effect.runPromise(makeTickQueue(1024))
  const { tally, gaps } = integrity
  const intake = makeTickIntake({
    feed: 0,
    pool,
    queue,
    ledger,
    tally,
    gaps,
    normalise: () => 0,
    onQuarantined: () => undefined
  })
  if (lastTickMs !== undefined) integrity.followed({ lastTickMs, listenedUntilMs: 0 }, startMs - 10)
  const slab = intake.slab()
  for (received = 0; received < 3; received++) {
    const tick = { seq: received + 1, instrument: 0, receivedMs: startMs + 100 * received, tradingDay: 20261123 }
    writeNormalised(slab, received, tick)
  }
  slab.used = 3
  intake.accept(slab, 0, { ids: [], resolved: [] } as never)
  integrity.look(startMs + 1000)
  for (let seq = 1; seq <= 3; seq++) {
    ledger.queued--
    ledger.retained++
    ledger.stored(seq, startMs + 1000)
  }
  integrity.stop(startMs + 2000)
  const total = told.find((event) => event.type === "certificate" && !event.subject.endsWith(".1"))
  if (total?.type !== "certificate") throw new Error("no certificate was issued")
  return JSON.parse(total.text) as CertificateMessage
}

it("names the gap, which ends with the first tick of the run and not with the newest of its batch", async () => {
  const { complete, gaps, incomplete_because: reasons } = await certificateAfter(startMs - 60_000)
  expect(complete).toBe(false)
  expect(reasons).toContain("gap: daemon_down, closed")
  expect(gaps).toMatchObject([{ cause: "daemon_down", from: startMs - 60_000, to: startMs, count: null }])
})

it("has no such gap without a previous run", async () => {
  const { gaps } = await certificateAfter(undefined)
  expect(gaps).toEqual([])
})
