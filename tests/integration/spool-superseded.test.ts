// A daemon that lost the stream must not send what it spooled before: the other writer has stored those ticks, and
// younger ones.

import { readdirSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { makeSpoolingPublisher } from "../../src/market/adapters/jetstream/spooling-publisher.ts"
import { fenceTimes, makeWriterFence } from "../../src/market/adapters/jetstream/writer-fence.ts"
import { openSpool } from "../../src/market/adapters/spool/open-spool.ts"
import type { PreviousRunOf } from "../../src/market/application/integrity/daemon-down.ts"
import { EventBus } from "../../src/market/layers/events/daemon-events.ts"
import { makeFirstLook } from "../../src/market/layers/publish/previous-run.ts"
import type { SpoolDrop, SpoolEvent } from "../../src/market/ports/tick-spool.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { startProxy } from "../support/nats-proxy.ts"
import { readStream, startServer } from "../support/nats-server.ts"
import { spoolFolders, spoolOptions } from "../support/spool-run.ts"
import { until } from "../support/until.ts"

let lives = 0

/** One tick of one instrument, received at `ms` by `writer`. */
const tickText = (writer: string, ms: number) =>
  JSON.stringify({
    symbol: "rb2701",
    exchange: "SHFE",
    feed: "primary",
    datetime: "2026-11-24 10:00:00.000",
    seq: ms,
    ts: ms,
    volume: ms,
    recv_ts: ms,
    writer
  })

/** One run of a daemon's publisher, as `makeJetStreamTickPublisher` builds it. */
const startWriter = Effect.fnUntraced(function* (url: string, instance: string, folder: string, takeOver = false) {
  const scope = yield* Scope.make()
  const run = `life-${lives++}`
  const events: Array<SpoolEvent> = []
  const drops: Array<SpoolDrop> = []
  const former: Array<PreviousRunOf> = []
  const onEvent = (event: SpoolEvent) => void events.push(event)
  const bus = new EventBus()
  bus.subscribe("log", (event) => {
    if (event.type === "spool") events.push(event.event)
    if (event.type === "previousRun") former.push(event.former)
  })
  const spool = yield* openSpool({
    ...spoolOptions(folder, { onEvent, onDropped: (drop) => void drops.push(drop) }),
    newId: run
  }).pipe(Scope.provide(scope))
  const fence = makeWriterFence(
    { stream: "MD_TICKS", instance, host: instance, pid: 1, run, spool: spool.id ?? "", takeOver },
    { ...fenceTimes, staleMs: 3000, unconfirmedMs: 2500 }
  )
  const publisher = yield* makeSpoolingPublisher({
    connect: connectNats({ url, name: instance, reconnect: false }),
    stream: {},
    window: 64,
    ackTimeoutMs: 500,
    requestTimeoutMs: 500,
    backoffMs: 50,
    backoffCapMs: 200,
    spool,
    afterMs: 100,
    fence,
    epoch: fence.epoch,
    firstLook: makeFirstLook({ feedNames: ["primary"], fence, spool, events: bus }),
    onSpool: onEvent,
    onStored: () => undefined
  })
  const fiber = yield* publisher.run.pipe(Scope.provide(scope), Effect.forkIn(scope))
  return {
    publisher,
    spool,
    fence,
    events,
    drops,
    former,
    send: Effect.fnUntraced(function* (fromMs: number, count: number) {
      for (let ms = fromMs; ms < fromMs + count; ms++) {
        yield* publisher.awaitRoom
        publisher.send("md.tick.SHFE.rb.rb2701", tickText(instance, ms), ms, 0, ms, ms)
      }
    }),
    // `drained` completes on disk too, which a busy machine reaches within 100 ms.
    allStored: until("everything is stored", () => publisher.counts().retained === 0),
    end: Effect.andThen(Fiber.interrupt(fiber), Scope.close(scope, Exit.void))
  }
})

/** Writer and receive time of each stored tick, in the stream's order. */
const storedOn = (url: string) =>
  Effect.map(readStream(url), (lines) =>
    lines.map(({ text }) => {
      const { writer, recv_ts } = JSON.parse(text) as { readonly writer: string; readonly recv_ts: number }
      return { writer, ms: recv_ts }
    })
  )

/** A writer that has stored the ticks 1000 .. 1099 and is then cut off from its broker. */
const startCutOff = Effect.gen(function* () {
  const server = yield* startServer()
  const folders = yield* spoolFolders
  const own = folders.next()
  const proxy = yield* startProxy(Number(new URL(server.url.replace("nats:", "http:")).port))
  const first = yield* startWriter(`nats://127.0.0.1:${proxy.port}`, "one", own)
  yield* first.send(1000, 100)
  yield* first.allStored
  proxy.blackhole(true)
  return { server, folders, own, first }
})

describe("a spool whose stream had another writer", () => {
  it.live(
    "is set aside, kept and reported when the other one stored younger ticks; nothing is stored twice or behind them",
    () =>
      Effect.gen(function* () {
        const { server, folders, own, first } = yield* startCutOff
        // it continues to spool the market's ticks, up to 1499
        yield* first.send(1100, 400)
        yield* until("a spool", () => first.spool.counts().ticks >= 300)
        const second = yield* startWriter(server.url, "two", folders.next(), true)
        // the same market, from a little before the cut on, and further
        yield* second.send(1090, 600)
        yield* second.allStored
        yield* first.end
        const again = yield* startWriter(server.url, "one", own, true)
        yield* until("a link", () => again.publisher.counts().link === "up")
        yield* until("its fence", () => second.publisher.counts().link === "fenced")
        // fenced, it accepts nothing more, not even to its disk
        assert.strictEqual(second.publisher.room(), 0)
        const sender = yield* Effect.forkScoped(second.send(1690, 100))
        yield* Effect.sleep(400)
        assert.strictEqual(second.publisher.room(), 0)
        assert.strictEqual(second.spool.counts().ticks, 0)
        yield* again.send(1700, 50)
        yield* again.allStored

        const stored = yield* storedOn(server.url)
        assert.deepStrictEqual(
          stored.slice(700).map(({ ms }) => ms),
          Array.from({ length: 50 }, (_, at) => 1700 + at)
        )
        const left = first.spool.counts()
        assert.isAtLeast(left.ticks, 300)
        const aside = again.events.find((event) => event.type === "setAside")
        assert.strictEqual(aside?.by, "tickd two on two")
        assert.strictEqual(aside?.ticks, again.spool.counts().superseded)
        assert.deepStrictEqual(
          readdirSync(own).filter((name) => name.endsWith(".superseded")),
          [...(aside?.files ?? [])]
        )
        assert.isTrue(again.drops.every(({ superseded, earlier }) => superseded && earlier))
        assert.strictEqual(again.drops.at(-1)?.toMs, 1499)
        // this daemon's integrity begins at the last tick that the other writer stored
        assert.strictEqual(again.former[0]?.(0)?.lastTickMs, 1689)
        yield* Fiber.interrupt(sender)
        yield* Effect.all([again.end, second.end])
      }),
    60_000
  )

  it.live(
    "is sent all the same when the other one stored nothing",
    () =>
      Effect.gen(function* () {
        const { server, folders, own, first } = yield* startCutOff
        yield* first.send(1100, 200)
        yield* until("a spool", () => first.spool.counts().ticks >= 100)
        yield* first.end
        const other = yield* startWriter(server.url, "two", folders.next(), true)
        yield* until("a link", () => other.publisher.counts().link === "up")
        yield* other.end
        const again = yield* startWriter(server.url, "one", own, true)
        yield* until("an empty spool", () => again.publisher.counts().link === "up" && again.spool.unread() === 0)
        yield* again.allStored
        assert.strictEqual(again.spool.counts().superseded, 0)
        const stored = yield* storedOn(server.url)
        assert.deepStrictEqual(
          stored.map(({ ms }) => ms),
          Array.from({ length: 300 }, (_, at) => 1000 + at)
        )
        // 1299 waited on the disk: the previous run received ticks at least until then
        assert.strictEqual(again.former[0]?.(0)?.lastTickMs, 1299)
        yield* again.end
      }),
    60_000
  )
})
