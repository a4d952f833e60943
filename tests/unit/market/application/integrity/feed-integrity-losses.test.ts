// Drops of a queue and drops of a stop are different ticks: each must be reported once, or the integrity counts ticks
// that never existed.
import { assert, it } from "@effect/vitest"
import { noHours } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import type { Gap } from "../../../../../src/kernel/tick/gap.ts"
import { TickSlab } from "../../../../../src/kernel/tick/tick-slab.ts"
import { TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeFeedIntegrity } from "../../../../../src/market/application/integrity/feed-integrity.ts"
import { OverflowIntegrity } from "../../../../../src/market/application/integrity/overflow-integrity.ts"
import { Outbox } from "../../../../../src/market/application/publish/outbox.ts"
import { IntegrityPublisher } from "../../../../../src/market/ports/integrity-publisher.ts"
import { writeNormalised } from "../../../../support/normalised-records.ts"

for (const policy of ["drop-oldest", "conflate"] as const) {
  it(`${policy}: a stop in the middle of an overflow distinguishes both, with their numbers`, () => {
    const ledger = new TickLedger("primary", () => ({ received: 100, dropped: 0, empty: true }))
    const outbox = new Outbox(100)
    const last = new Map<string, Gap>()
    const publisher = IntegrityPublisher.of({
      hasRoom: () => true,
      send: (event) => {
        if (event.type === "gap") last.set(event.gap.id, event.gap)
      },
      drained: undefined as never
    })
    const integrity = makeFeedIntegrity({
      instance: "test",
      ledger,
      directory: new InstrumentDirectory(),
      hours: noHours,
      outbox,
      silenceMs: 0,
      phaseAt: () => "trading"
    })
    const overflow = new OverflowIntegrity(policy)
    overflow.add(0, { ledger, tally: integrity.tally, gaps: integrity.gaps })
    const slab = new TickSlab(64)
    ledger.delivered = ledger.lastSeq = 100
    ledger.queued = 100
    for (let seq = 1; seq <= 10; seq++) {
      ledger.queued--
      ledger.retained++
      ledger.stored(seq, 900)
    }
    for (let seq = 11; seq <= 30; seq++) {
      writeNormalised(slab, 0, { seq, instrument: 0, receivedMs: 1000 + seq })
      overflow.giveUp(slab, 0, 0)
      if (seq % 10 === 0) overflow.report()
    }
    const shown = () => {
      outbox.flush(publisher)
      return [...last.values()].map(({ cause, state, count, seqs }) => [cause, state, count, seqs])
    }

    // The line starts again: nothing is lost yet except the drops of the queue.
    integrity.interrupted(2000)
    assert.deepStrictEqual(shown(), [["queue_overflow", "open", 10, [11, 20]]])
    ledger.abandonAccepted()
    integrity.interrupted(2500)
    assert.deepStrictEqual(shown()[1], ["broker_outage", "closed", 70, [11, 100]])
    integrity.stop(3000)
    assert.deepStrictEqual(shown(), [
      ["queue_overflow", "closed", 20, [11, 30]],
      ["broker_outage", "closed", 70, [11, 100]]
    ])
    integrity.stop(4000)
    assert.strictEqual(shown().length, 2)
    assert.isTrue(ledger.snapshot().balanced)
  })
}
