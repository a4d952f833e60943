// A store that returns empty has lost acknowledged ticks: a gap record must report them, so that no consumer has to
// count.

import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schedule, Schema, Scope } from "effect"
import { noHours } from "../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { LatencyHistogram } from "../../src/kernel/latency-histogram.ts"
import { double, TickSlab } from "../../src/kernel/tick/tick-slab.ts"
import { TickLedger } from "../../src/market/application/intake/ledger.ts"
import { EventBus } from "../../src/market/layers/events/daemon-events.ts"
import { makeIntegrityLine } from "../../src/market/layers/integrity/integrity-line.ts"
import { makeJetStreamTickPublisher } from "../../src/market/layers/publish/publisher.ts"
import { integrityStream } from "../../src/protocol/control/stream-names.ts"
import { GapMessageJson } from "../../src/protocol/market/gap-message.ts"
import { readStream, startServer } from "../support/nats-server.ts"
import { soundTick, writeRaw } from "../support/tick-records.ts"

const feed = "primary"
const decode = Schema.decodeUnknownSync(GapMessageJson)

/** Publisher and integrity as in the daemon, over one broker. */
const startLine = Effect.fnUntraced(function* (url: string) {
  const directory = new InstrumentDirectory()
  directory.resolve(soundTick.id, 0)
  const ledgers = [new TickLedger(feed, () => ({ received: 0, dropped: 0, empty: true }))]
  const connection = () => ({ url, name: "test" })
  const events = new EventBus()
  const account = yield* makeIntegrityLine({
    instance: "test",
    ledgers,
    directory,
    hours: noHours,
    silenceMs: 0,
    phaseAt: () => "trading",
    connection,
    events,
    nowMs: () => Date.now()
  })
  events.subscribe("integrity", account.hear)
  const { publisher, run } = yield* makeJetStreamTickPublisher({
    config: {
      stream: "MD_TICKS",
      subjectTemplate: undefined,
      serializer: "json",
      queueTicks: 100,
      window: 100,
      maxAgeHours: 1,
      replay: false
    },
    instance: "test",
    connection,
    directory,
    feedNames: [feed],
    ledgers,
    latency: new LatencyHistogram(),
    monotonicMs: () => performance.now(),
    events
  })
  yield* Effect.forkScoped(Effect.raceFirst(run, account.run))
  const slab = new TickSlab(64)
  const send = Effect.fnUntraced(function* (first: number, last: number) {
    yield* publisher.awaitRoom
    for (let seq = first; seq <= last; seq++) {
      writeRaw(slab, 0, { ...soundTick, volume: 1000 + seq }, 0, seq)
      slab.f64[double.exchangeTimeMs] = Date.UTC(2026, 10, 20, 2)
      publisher.send(slab, 0, 0)
    }
    yield* publisher.drained
  })
  return { send, recordsStored: () => account.counts().stored }
})

describe("a store that is lost", () => {
  it.live(
    "is reported as a gap with the numbers that are gone, and what comes after it is stored",
    () =>
      Effect.gen(function* () {
        const first = yield* Scope.make()
        const server = yield* startServer().pipe(Scope.provide(first))
        const port = Number(new URL(server.url).port)
        const line = yield* startLine(server.url)
        yield* line.send(5, 44)
        yield* Scope.close(first, Exit.void)
        const { url } = yield* startServer({ port })
        yield* line.send(45, 50)
        // The new server has the integrity stream only once its own link has reconnected.
        yield* Effect.sync(line.recordsStored).pipe(
          Effect.repeat({ until: (stored) => stored > 0, schedule: Schedule.spaced("20 millis") }),
          Effect.timeout("20 seconds")
        )
        const records = yield* readStream(url, integrityStream)
        const ticks = yield* readStream(url)
        assert.strictEqual(ticks.length, 6)
        assert.deepStrictEqual(
          records
            .map(({ text }) => decode(text))
            .map(({ cause, state, count, seqs }) => ({ cause, state, count, seqs })),
          [{ cause: "store_lost", state: "closed", count: 40, seqs: [5, 44] }]
        )
      }).pipe(Effect.scoped),
    60_000
  )
})
