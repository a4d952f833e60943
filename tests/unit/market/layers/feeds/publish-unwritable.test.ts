// One tick that cannot be written must neither stop the line nor vanish: its bytes are what its cause is found by.
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { noHours } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { recordBytes, SlabPool, type TickBatch } from "../../../../../src/kernel/tick/tick-slab.ts"
import { TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeTickQueue } from "../../../../../src/market/application/intake/tick-queue.ts"
import { makeFeedIntegrity } from "../../../../../src/market/application/integrity/feed-integrity.ts"
import { Outbox } from "../../../../../src/market/application/publish/outbox.ts"
import { publishTicks } from "../../../../../src/market/application/publish/publish-ticks.ts"
import { EventBus } from "../../../../../src/market/layers/events/daemon-events.ts"
import { makeUnwritable } from "../../../../../src/market/layers/feeds/unwritable-ticks.ts"
import type { ExceptionNews } from "../../../../../src/market/layers/log/exception-log.ts"
import { type IntegrityEvent, IntegrityPublisher } from "../../../../../src/market/ports/integrity-publisher.ts"
import { TickPublisher } from "../../../../../src/market/ports/tick-publisher.ts"
import { writeNormalised } from "../../../../support/normalised-records.ts"

it.effect("R5: quarantines each tick that the writer refuses, with its bytes and a line a second at most", () =>
  Effect.gen(function* () {
    const directory = new InstrumentDirectory([{ id: "rb2701", exchange: "SHFE", product: "rb", priceTick: 1 }])
    const instrument = directory.resolve("rb2701", 0)?.index ?? -1
    const ledger = new TickLedger("primary", () => ({ received: 40, dropped: 0, empty: true }))
    const outbox = new Outbox(100)
    const integrity = makeFeedIntegrity({
      instance: "test",
      ledger,
      directory,
      hours: noHours,
      outbox,
      silenceMs: 0,
      phaseAt: () => "trading"
    })
    let nowMs = 0
    let endOfSecond = () => {}
    const lines: Array<ReadonlyArray<unknown>> = []
    const causes: Array<ExceptionNews> = []
    const bus = new EventBus()
    bus.subscribe("log", (event) => {
      if (event.type === "quarantined") lines.push([event.feed, event.reason, event.instrument, event.count])
      if (event.type === "exception") causes.push(event)
    })
    const onUnwritable = makeUnwritable({
      feeds: [{ feed: "primary", integrity }],
      directory,
      monotonicMs: () => nowMs,
      events: bus,
      later: (run) => {
        endOfSecond = run
      }
    })
    const sent: Array<number> = []
    const publisher = TickPublisher.of({
      room: () => 100,
      send: (slab, row) => {
        const seq = slab.seq(row)
        nowMs = seq * 100
        if (seq % 4 === 0) throw new RangeError("no such number")
        sent.push(seq)
      },
      awaitRoom: Effect.void,
      drained: Effect.void,
      counts: () => ({}) as never
    })
    const pool = new SlabPool({ rows: 64, keep: 1 })
    const queue = yield* makeTickQueue(100)
    const slab = pool.take()
    for (let seq = 1; seq <= 40; seq++) writeNormalised(slab, slab.used++, { seq, instrument, receivedMs: 5000 + seq })
    slab.held = 1
    const bytes = slab.bytes.slice()
    ledger.delivered = ledger.lastSeq = ledger.queued = 40
    const inHand: Array<TickBatch> = []
    const fiber = yield* Effect.forkChild(
      publishTicks({ queue, pool, ledgers: [ledger], inHand, onUnwritable }).pipe(
        Effect.provideService(TickPublisher, publisher)
      )
    )
    yield* Effect.yieldNow
    queue.push({ slab, feed: 0, start: 0, count: 40 })
    for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow
    yield* Fiber.interrupt(fiber)

    assert.lengthOf(sent, 30)
    assert.deepStrictEqual(ledger.snapshot().quarantined, { unwritable: 10 })
    assert.strictEqual(ledger.snapshot().inFlight.publisher, 30)
    assert.isTrue(ledger.snapshot().balanced)
    const events: Array<IntegrityEvent> = []
    outbox.flush(
      IntegrityPublisher.of({ hasRoom: () => true, send: (event) => void events.push(event), drained: Effect.void })
    )
    assert.lengthOf(events, 10)
    for (const [at, event] of events.entries()) {
      const seq = 4 * at + 4
      assert.deepStrictEqual(event, {
        type: "quarantined",
        tick: {
          feed: "primary",
          seq,
          reason: "unwritable",
          instrument: "rb2701",
          receivedMs: 5000 + seq,
          raw: bytes.slice((seq - 1) * recordBytes, seq * recordBytes)
        }
      })
    }
    // R5: what the writer threw is in one line, with its stack, and the others of its kind are counted.
    assert.lengthOf(causes, 1)
    assert.include(causes[0]?.stack, "publish-unwritable.test.ts")
    const { feed, place, instrument: named, name, message, count } = causes[0] as (typeof causes)[number]
    const told = { feed, place, named, name, message, count }
    const expected = { feed: "primary", place: "write", named: "rb2701", name: "RangeError", message: "no such number" }
    assert.deepStrictEqual(told, { ...expected, count: 1 })
    assert.strictEqual(ledger.exceptions.write, 10)
    endOfSecond()
    assert.deepStrictEqual(lines, [
      ["primary", "unwritable", "rb2701", 1],
      ["primary", "unwritable", "rb2701", 3],
      ["primary", "unwritable", "rb2701", 3],
      ["primary", "unwritable", "rb2701", 3]
    ])
  })
)
