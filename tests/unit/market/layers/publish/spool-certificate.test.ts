// What a full or damaged spool gives up is in no message: a certificate that counts it as published would be a lie
// for years.
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { noHours } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { TickSlab } from "../../../../../src/kernel/tick/tick-slab.ts"
import { TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeFeedIntegrity } from "../../../../../src/market/application/integrity/feed-integrity.ts"
import { Outbox } from "../../../../../src/market/application/publish/outbox.ts"
import { spoolingOf } from "../../../../../src/market/layers/publish/spool-line.ts"
import { IntegrityPublisher } from "../../../../../src/market/ports/integrity-publisher.ts"
import {
  type CertificateMessage,
  CertificateMessageJson
} from "../../../../../src/protocol/market/certificate-message.ts"
import { writeNormalised } from "../../../../support/normalised-records.ts"

const decodeTotal = Schema.decodeUnknownSync(CertificateMessageJson)
const dayMs = (day: number) => Date.UTC(2026, 10, day % 100, 2)

/** The integrity of one feed with all its ticks in the spool, until the test stores or drops them. */
const makeLine = () => {
  const directory = new InstrumentDirectory([{ id: "rb2701", exchange: "SHFE", product: "rb", priceTick: 1 }])
  const instrument = directory.resolve("rb2701", 0)?.index ?? -1
  let received = 0
  const ledger = new TickLedger("primary", () => ({ received, dropped: 0, empty: true }))
  const outbox = new Outbox(1000)
  const integrity = makeFeedIntegrity({
    instance: "test",
    ledger,
    directory,
    hours: noHours,
    outbox,
    silenceMs: 0,
    phaseAt: () => "trading"
  })
  const { giveUp } = spoolingOf({
    ledgers: [ledger],
    feedIntegrity: [integrity],
    overflow: "drop-oldest",
    queue: { oldestMs: () => undefined },
    monotonicMs: () => 0
  })
  const certificates: Array<CertificateMessage> = []
  const publisher = IntegrityPublisher.of({
    hasRoom: () => true,
    send: (event) => {
      if (event.type === "certificate" && !/\.\d+$/.test(event.subject)) certificates.push(decodeTotal(event.text))
    },
    drained: Effect.void
  })
  const tell = (day: number) => {
    integrity.look(dayMs(day))
    outbox.flush(publisher)
    return certificates
  }
  return {
    ledger,
    tell,
    receive: (count: number, tradingDay: number) => {
      const slab = new TickSlab(count)
      integrity.tally.received(dayMs(tradingDay))
      for (let row = 0; row < count; row++) {
        writeNormalised(slab, row, { seq: ++received, instrument, receivedMs: dayMs(tradingDay), tradingDay })
        ledger.delivered++
        ledger.lastSeq = received
        ledger.retained++
        integrity.tally.published(slab, row)
      }
    },
    giveUp: (firstSeq: number, lastSeq: number, earlier = false) =>
      giveUp({
        token: 0,
        firstSeq,
        lastSeq,
        count: lastSeq - firstSeq + 1,
        fromMs: dayMs(20261123),
        toMs: dayMs(20261123),
        earlier,
        superseded: false
      }),
    store: (firstSeq: number, lastSeq: number) => {
      for (let seq = firstSeq; seq <= lastSeq; seq++) ledger.stored(seq, dayMs(20261124))
    }
  }
}

it("a session that the spool gave up a part of is not complete, and its columns say how much", () => {
  const line = makeLine()
  line.receive(100, 20261123)
  line.giveUp(11, 40)
  line.receive(10, 20261124)
  line.store(1, 10)
  line.store(41, 99)
  assert.deepStrictEqual(line.tell(20261124), [], "one of its ticks is still in the spool")
  line.store(100, 100)
  const [certificate] = line.tell(20261124)
  assert.deepInclude(certificate, { received: 100, published: 70, dropped: 30, complete: false })
  assert.include(certificate?.incomplete_because ?? [], "30 ticks dropped")
  assert.isTrue(line.ledger.snapshot().balanced)
})

it("a stretch over the end of a session is laid to both, and what nothing was given up of stays complete", () => {
  const line = makeLine()
  line.receive(100, 20261123)
  line.receive(100, 20261124)
  line.receive(100, 20261125)
  line.receive(1, 20261126)
  line.giveUp(91, 120)
  line.store(1, 90)
  line.store(121, 300)
  const certificates = line.tell(20261126)
  assert.deepStrictEqual(
    certificates.map(({ published, dropped }) => [published, dropped]),
    [
      [90, 10],
      [80, 20],
      [100, 0]
    ]
  )
  assert.deepStrictEqual(
    certificates.map(({ complete, incomplete_because }) => complete || incomplete_because[0]),
    ["10 ticks dropped", "20 ticks dropped", true]
  )
})

it("what an earlier run had spooled is no part of this run's sessions", () => {
  const line = makeLine()
  line.receive(100, 20261124)
  line.giveUp(1, 50, true)
  line.receive(1, 20261125)
  line.store(1, 100)
  assert.deepInclude(line.tell(20261125)[0], { published: 100, dropped: 0 })
})
