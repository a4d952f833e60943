// A feed that recovers from a stall delivers thousands of late ticks: they must not displace broken ticks from the
// quarantine.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { noHours } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { double, SlabPool, TickSlab } from "../../../../../src/kernel/tick/tick-slab.ts"
import { FeedArbiter } from "../../../../../src/market/application/intake/arbitrate-feeds.ts"
import { TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeFeedIntegrity } from "../../../../../src/market/application/integrity/feed-integrity.ts"
import { Outbox } from "../../../../../src/market/application/publish/outbox.ts"
import { EventBus } from "../../../../../src/market/layers/events/daemon-events.ts"
import { makeFeedIntake } from "../../../../../src/market/layers/feeds/tick-line.ts"
import { type IntegrityEvent, IntegrityPublisher } from "../../../../../src/market/ports/integrity-publisher.ts"
import { writeNormalised } from "../../../../support/normalised-records.ts"
import { type RawTick, soundTick, writeRaw } from "../../../../support/tick-records.ts"

it("keeps two hundred a second of the ticks that arbitration sets aside, counts all, and always keeps broken ticks", () => {
  let received = 0
  let nowMs = 0
  const ledger = new TickLedger("backup", () => ({ received, dropped: 0, empty: true }))
  const directory = new InstrumentDirectory()
  const outbox = new Outbox(10_000)
  const arbiter = new FeedArbiter(2)
  // The other feed is ahead: every tick of this one is older than the published ones.
  const ahead = new TickSlab(1)
  writeNormalised(ahead, 0, { seq: 1, instrument: 0, receivedMs: Date.UTC(2026, 10, 20, 2, 0, 0, 20) })
  directory.resolve("rb2701", 0)
  assert.strictEqual(arbiter.decide(ahead, 0, 0), 0)
  arbiter.publish(ahead, 0, 0)
  const logged: Array<string> = []
  const integrity = makeFeedIntegrity({
    instance: "test",
    ledger,
    directory,
    hours: noHours,
    outbox,
    silenceMs: 0,
    phaseAt: () => "trading"
  })
  const events = new EventBus()
  events.subscribe("log", (event) => {
    if (event.type === "exception") assert.fail("nothing throws")
    if (event.type === "quarantined") logged.push(`${event.reason} ${event.instrument}`)
  })
  const intake = makeFeedIntake({
    feed: "backup",
    feedIndex: 1,
    pool: new SlabPool({ rows: 64, keep: 2 }),
    queue: {
      room: () => 64,
      push: () => assert.fail("nothing of it may be published"),
      whenRoom: () => undefined
    } as never,
    ledger,
    directory,
    loginTradingDay: () => 0,
    replay: false,
    integrity,
    arbiter,
    monotonicMs: () => nowMs,
    events
  })
  // The worker's own number of an instrument is not the daemon's.
  const symbols = { ids: [undefined, "IF2612", "rb2701"], resolved: [-1, -1, -1] }
  const bring = (tick: Partial<RawTick>) => {
    const slab = new TickSlab(1)
    writeRaw(slab, 0, { ...soundTick, ...tick }, 2, ++received)
    slab.used = 1
    intake.accept(slab, 0, symbols)
  }
  for (let n = 1; n <= 500; n++) bring({ volume: 1000 + n })
  bring({ last: -1, volume: 1501 })
  nowMs = 1000
  bring({ volume: 1502 })

  const told: Array<{ readonly reason: string; readonly instrument: string; readonly last: number }> = []
  const send = (event: IntegrityEvent) => {
    if (event.type !== "quarantined") return
    const record = new TickSlab(1)
    record.bytes.set(event.tick.raw)
    const { reason, instrument } = event.tick
    told.push({ reason, instrument, last: record.f64[double.last] as number })
  }
  outbox.flush(IntegrityPublisher.of({ hasRoom: () => true, send, drained: Effect.void }))
  assert.strictEqual(told.filter(({ reason }) => reason === "late").length, 201)
  assert.deepStrictEqual(told[200], { reason: "price_positive", instrument: "rb2701", last: -1 })
  assert.deepStrictEqual(told[201], { reason: "late", instrument: "rb2701", last: soundTick.last })
  assert.deepStrictEqual(ledger.snapshot().quarantined, { late: 501, price_positive: 1 })
  assert.isTrue(ledger.snapshot().balanced)
  assert.include(logged, "late rb2701")
})
