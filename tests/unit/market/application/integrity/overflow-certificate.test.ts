// A certificate is trusted a year later: a session whose waiting ticks were dropped must never look complete.
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { noHours } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import type { OverflowPolicy } from "../../../../../src/kernel/limits/overflow-policy.ts"
import { recordI32, SlabPool, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { TickLedger, unwritableReason } from "../../../../../src/market/application/intake/ledger.ts"
import { makeTickIntake } from "../../../../../src/market/application/intake/tick-intake.ts"
import { makeTickQueue } from "../../../../../src/market/application/intake/tick-queue.ts"
import { makeFeedIntegrity } from "../../../../../src/market/application/integrity/feed-integrity.ts"
import { OverflowIntegrity } from "../../../../../src/market/application/integrity/overflow-integrity.ts"
import { Outbox } from "../../../../../src/market/application/publish/outbox.ts"
import { IntegrityPublisher } from "../../../../../src/market/ports/integrity-publisher.ts"
import {
  CertificateMessageJson,
  CertificatePartJson,
  type CertifiedInstrument
} from "../../../../../src/protocol/market/certificate-message.ts"
import { writeNormalised } from "../../../../support/normalised-records.ts"
import { wholesOf } from "../../../../support/seeded-random.ts"

const ids = ["rb2701", "ru2701", "cu2701"]
const days = [20261123, 20261124, 20261125, 20261126, 20261127]
const dayMs = (day: number) => Date.UTC(2026, 10, day % 100, 2)

const decodeTotal = Schema.decodeUnknownSync(CertificateMessageJson)
const decodePart = Schema.decodeUnknownSync(CertificatePartJson)

/** Five consecutive trading days through one queue, with a slow publisher, broken off at the end. */
const liveDays = Effect.fnUntraced(function* (policy: OverflowPolicy, seed: number, slowness: number) {
  const random = wholesOf(seed)
  const directory = new InstrumentDirectory(
    ids.map((id) => ({ id, exchange: "SHFE", product: id.slice(0, 2), priceTick: 1 }))
  )
  const indexes = ids.map((id) => directory.resolve(id, 0)?.index ?? -1)
  let received = 0
  const ledger = new TickLedger("primary", () => ({ received, dropped: 0, empty: true }))
  const outbox = new Outbox(10_000)
  const certificates = new Map<
    string,
    { readonly text: string; readonly parts: Array<string>; readonly inFlight: number }
  >()
  const parts: Array<string> = []
  const pool = new SlabPool({ rows: 64, keep: 4 })
  const overflow = new OverflowIntegrity(policy)
  const queue = yield* makeTickQueue(96, { integrity: overflow, pool })
  const integrity = makeFeedIntegrity({
    instance: "test",
    ledger,
    directory,
    hours: noHours,
    outbox,
    silenceMs: 0,
    phaseAt: () => "trading"
  })
  overflow.add(0, { ledger, tally: integrity.tally, gaps: integrity.gaps })
  const intake = makeTickIntake({
    feed: 0,
    pool,
    queue,
    ledger,
    normalise: () => 0,
    onQuarantined: () => undefined,
    tally: integrity.tally,
    gaps: integrity.gaps
  })
  /** Day by number, and the numbers that are stored or were refused by the writer. */
  const dayOf = new Map<number, number>()
  const stored = new Set<number>()
  const unwritable = new Set<number>()
  const retained: Array<number> = []
  const symbols = { ids: [], resolved: [] }
  const publisher = IntegrityPublisher.of({
    hasRoom: () => true,
    send: (event) => {
      if (event.type !== "certificate") return
      if (/\.\d+$/.test(event.subject)) return void parts.push(event.text)
      const { trading_day } = decodeTotal(event.text)
      const day = Number(trading_day)
      const inFlight = [...dayOf].filter(([seq, of]) => of === day && retained.includes(seq)).length
      assert.isFalse(certificates.has(trading_day), "one certificate a session")
      certificates.set(trading_day, { text: event.text, parts: parts.splice(0), inFlight })
    },
    drained: Effect.void
  })
  let batch = queue.takeNow()
  const handOver = (most: number) => {
    for (let left = most; left > 0; left--) {
      batch ??= queue.takeNow()
      if (batch === undefined) return
      const seq = batch.slab.seq(batch.start)
      ledger.queued--
      if (random(50) === 0) {
        ledger.quarantined[unwritableReason] = (ledger.quarantined[unwritableReason] ?? 0) + 1
        unwritable.add(seq)
        integrity.tally.late.note(
          seq,
          batch.slab.u32[batch.start * recordI32 + word.instrument] as number,
          "quarantined"
        )
      } else {
        ledger.retained++
        retained.push(seq)
      }
      batch.start++
      queue.done(1)
      if (--batch.count > 0) continue
      pool.release(batch.slab)
      batch = undefined
    }
  }
  let nowMs = 0
  for (const day of days) {
    for (let step = 0; step < 60; step++) {
      nowMs = dayMs(day) + step * 500
      const slab = intake.slab()
      const start = slab.used
      for (let n = Math.min(1 + random(8), slab.rows - start, Math.max(0, intake.room())); n > 0; n--) {
        dayOf.set(++received, day)
        const instrument = indexes[random(ids.length)] as number
        writeNormalised(slab, slab.used++, { seq: received, instrument, receivedMs: nowMs, tradingDay: day })
      }
      if (slab.used > start) intake.accept(slab, start, symbols)
      if (random(slowness) === 0) handOver(random(60))
      for (let acks = random(6) === 0 ? random(40) : 0; acks > 0 && retained.length > 0; acks--) {
        const seq = retained.shift() as number
        stored.add(seq)
        ledger.stored(seq, nowMs)
      }
      integrity.look(nowMs)
      outbox.flush(publisher)
      assert.isTrue(ledger.snapshot().balanced)
    }
  }
  // A stop that cannot hand the rest over.
  ledger.abandonAccepted()
  retained.length = 0
  integrity.stop(nowMs)
  outbox.flush(publisher)
  return { ledger, certificates, dayOf, stored, unwritable }
})

for (const policy of ["drop-newest", "drop-oldest", "conflate"] as const) {
  it.effect(`${policy}: each session is certified with what the stream holds of it, and no sooner`, () =>
    Effect.gen(function* () {
      let givenUp = 0
      for (let seed = 1; seed <= 10; seed++) {
        const { ledger, certificates, dayOf, stored, unwritable } = yield* liveDays(policy, seed, 9 + (seed % 4) * 4)
        const name = `${policy}, seed ${seed}`
        assert.strictEqual(certificates.size, days.length, name)
        let unshown = 0
        for (const [tradingDay, { text, parts, inFlight }] of certificates) {
          const total = decodeTotal(text)
          const seqs = [...dayOf].filter(([, day]) => String(day) === tradingDay).map(([seq]) => seq)
          assert.strictEqual(inFlight, 0, `${name}: ${tradingDay} was certified with ticks under way`)
          assert.strictEqual(total.received, seqs.length, name)
          assert.strictEqual(total.published, seqs.filter((seq) => stored.has(seq)).length, `${name} ${tradingDay}`)
          assert.strictEqual(total.quarantined, seqs.filter((seq) => unwritable.has(seq)).length, name)
          assert.strictEqual(
            total.received,
            total.published + total.duplicate + total.quarantined + total.conflated + total.dropped,
            name
          )
          assert.notInclude(total.incomplete_because.join(), "do not add up")
          const lost = total.conflated + total.dropped
          if (policy !== "conflate") assert.strictEqual(total.conflated, 0)
          if (lost > 0) {
            assert.isFalse(total.complete, name)
            // With drop-newest only the stop lost any, and its gap belongs to the last session.
            if (policy !== "drop-newest")
              assert.isAbove(total.gaps.length, 0, `${name}: ${tradingDay} lost ${lost} ticks`)
          }
          const instruments = parts.flatMap<CertifiedInstrument>((part) => decodePart(part).instruments)
          const shown = instruments.reduce((sum, { published }) => sum + published, 0)
          // Of ticks that a stop could not send, only the number is known, not the instrument.
          unshown += shown - total.published
        }
        assert.strictEqual(unshown, ledger.droppedAtShutdown, name)
        givenUp += ledger.conflated + ledger.droppedByOverflow
      }
      if (policy !== "drop-newest") assert.isAbove(givenUp, 1000)
    })
  )
}
