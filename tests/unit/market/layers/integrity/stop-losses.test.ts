// A failure during a stop must not leave a tick in no record, nor report ticks as lost that the spool keeps.
import { assert, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { noHours } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import type { Gap } from "../../../../../src/kernel/tick/gap.ts"
import { SlabPool } from "../../../../../src/kernel/tick/tick-slab.ts"
import { TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeTickQueue } from "../../../../../src/market/application/intake/tick-queue.ts"
import { makeFeedIntegrity } from "../../../../../src/market/application/integrity/feed-integrity.ts"
import { Outbox } from "../../../../../src/market/application/publish/outbox.ts"
import { drainTicks } from "../../../../../src/market/application/publish/publish-ticks.ts"
import { EventBus } from "../../../../../src/market/layers/events/daemon-events.ts"
import { makeIntegrityLine } from "../../../../../src/market/layers/integrity/integrity-line.ts"
import { IntegrityPublisher } from "../../../../../src/market/ports/integrity-publisher.ts"
import { TickPublisher } from "../../../../../src/market/ports/tick-publisher.ts"
import { writeNormalised } from "../../../../support/normalised-records.ts"

const shared = {
  instance: "test",
  directory: new InstrumentDirectory(),
  hours: noHours,
  silenceMs: 0,
  phaseAt: () => "trading" as const
}

/** Gap records that an outbox has, as cause, count and numbers. */
const gapsIn = (outbox: Outbox) => {
  const told: Array<Gap> = []
  const send: IntegrityPublisher["Service"]["send"] = (event) => {
    if (event.type === "gap") told.push(event.gap)
  }
  outbox.flush(IntegrityPublisher.of({ hasRoom: () => true, send, drained: Effect.void }))
  return told.map(({ cause, count, seqs }) => [cause, count, seqs])
}

it("reports a store that is lost while a stop drains, after the end of the integrity", () => {
  const ledger = new TickLedger("primary", () => ({ received: 20, dropped: 0, empty: true }))
  const outbox = new Outbox(10)
  const account = makeFeedIntegrity({ ...shared, ledger, outbox })
  ledger.delivered = ledger.lastSeq = ledger.retained = 20
  for (let seq = 1; seq <= 20; seq++) ledger.stored(seq, 1000 + seq)
  account.stop(2000)
  account.gaps.end()
  assert.deepStrictEqual(gapsIn(outbox), [])
  account.storeLost(20, 3000)
  assert.deepStrictEqual(gapsIn(outbox), [["store_lost", 20, [1, 20]]])
})

it.effect(
  "leaves nothing in queue and hand when the drain of a stop breaks, and counts what the spool keeps as kept",
  () =>
    Effect.gen(function* () {
      const ledger = new TickLedger("primary", () => ({ received: 40, dropped: 0, empty: true }))
      const pool = new SlabPool({ rows: 64, keep: 1 })
      const queue = yield* makeTickQueue(100)
      const slab = pool.take()
      for (let seq = 1; seq <= 30; seq++) writeNormalised(slab, slab.used++, { seq, instrument: 0, receivedMs: seq })
      slab.held = 1
      ledger.delivered = ledger.lastSeq = 40
      ledger.retained = 10
      ledger.queued = 30
      queue.push({ slab, feed: 0, start: 0, count: 30 })
      const publisher = TickPublisher.of({
        room: () => 0,
        send: () => undefined,
        awaitRoom: Effect.die(new Error("a defect of the publisher")),
        drained: Effect.void,
        counts: () => ({ link: "up" }) as never
      })
      const exit = yield* drainTicks({
        queue,
        pool,
        ledgers: [ledger],
        inHand: [],
        keep: () => true,
        deadlineMs: 1000
      }).pipe(Effect.provideService(TickPublisher, publisher), Effect.exit)
      assert.isTrue(Exit.isFailure(exit))
      const { inFlightTotal, spooled, dropped } = ledger.snapshot()
      assert.deepStrictEqual([queue.depth(), inFlightTotal, spooled, dropped.shutdown], [0, 0, 10, 30])
    })
)

it.effect("keeps the integrity open when the publisher crashes before its turn in a stop: ticks still come in", () =>
  Effect.gen(function* () {
    let received = 30
    const ledger = new TickLedger("primary", () => ({ received, dropped: 0, empty: true }))
    const outbox = new Outbox(10)
    const account = yield* makeIntegrityLine({
      ...shared,
      ledgers: [ledger],
      connection: () => ({ url: "", name: "" }),
      events: new EventBus(),
      openLink: () => () => Effect.never,
      nowMs: () => 5000,
      outbox
    })
    account.hear({
      type: "supervisor",
      event: {
        type: "ended",
        supervisor: "root",
        child: "control",
        generation: 1,
        atMs: 0,
        how: "interrupted",
        reason: "interrupted"
      },
      byOperator: false
    })
    ledger.delivered = ledger.lastSeq = ledger.queued = 30
    const publisher = account.stopAfter(() => Effect.die(new Error("a defect of the publisher")))
    yield* Effect.scoped(publisher(Effect.void)).pipe(Effect.exit)
    assert.deepStrictEqual(gapsIn(outbox), [])
    received = 40
    ledger.delivered = ledger.lastSeq = ledger.queued = 40
    yield* account.closeAfter(Effect.sync(() => ledger.abandonAccepted()))
    assert.deepStrictEqual(gapsIn(outbox), [["broker_outage", 40, [1, 40]]])
  })
)
