// A consumer that starts in the middle of the day must see every instrument and then miss nothing, and must hear of
// what is missing.
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { type TickBatch, type TickNotice, ticks } from "../../src/client/tick-client.ts"
import { openTickStore, range, subjectOf, tickJson } from "../support/client-ticks.ts"
import { startServer } from "../support/nats-server.ts"

const message = (symbol: string, seq: number, more = {}) => [subjectOf(symbol), tickJson(symbol, seq, more)] as const
const symbolOf = (seq: number) => `rb${1000 + (seq % 20)}`
const run = (from: number, to: number, more = {}) => range(from, to).map((seq) => message(symbolOf(seq), seq, more))
const told = (notices: ReadonlyArray<TickNotice>, type: TickNotice["type"]) =>
  notices.filter((notice) => notice.type === type)

describe("tick client", () => {
  it.live("gives the newest tick of each instrument and then all that follow, while they are being written", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      yield* store.store(run(1, 2000))
      const writing = yield* Effect.forkScoped(
        Effect.gen(function* () {
          for (let seq = 2001; seq <= 6000; seq += 100) {
            yield* store.store(run(seq, seq + 99))
            yield* Effect.sleep(2)
          }
        })
      )
      const batches: Array<TickBatch> = []
      yield* ticks({ url: server.url, from: "snapshot" }).batchStream.pipe(
        Stream.tap((batch) => Effect.sync(() => batches.push(batch))),
        Stream.takeUntil(({ ticks }) => ticks.at(-1)?.seq === 6000),
        Stream.runDrain
      )
      yield* Fiber.join(writing)
      const notices = batches.flatMap((batch) => batch.notices)
      const live = told(notices, "live")
      assert.lengthOf(live, 1)
      const snapshot = batches.flatMap((batch) => batch.ticks.slice(0, batch.snapshotTicks))
      const after = batches.flatMap((batch) => batch.ticks.slice(batch.snapshotTicks))
      assert.strictEqual(new Set(snapshot.map(({ symbol }) => symbol)).size, 20)
      assert.deepStrictEqual(
        after.map(({ seq }) => seq),
        range((after[0]?.seq ?? 0) as number, 6000)
      )
      assert.isAtMost(after[0]?.seq ?? 0, (snapshot.at(-1)?.seq ?? 0) + 1)
      assert.deepStrictEqual(told(notices, "gap"), [])
      assert.strictEqual(batches.at(-1)?.lag.pending, 0)
      assert.isAbove(batches.at(-1)?.lag.receiveMs ?? 0, 0)
    })
  )

  it.live("reports holes with the daemon's records, new runs, repeats and what is no tick", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      yield* store.make("MD_INTEGRITY", "md.gap.>")
      const record = {
        version: 1,
        id: "primary-1",
        feed: "primary",
        instrument: null,
        cause: "ring_overrun",
        state: "closed",
        from: 1,
        to: 2,
        count: 10,
        seqs: [101, 110]
      }
      const notices: Array<TickNotice> = []
      const seqs: Array<number> = []
      const reading = yield* Effect.forkScoped(
        ticks({ url: server.url, from: "snapshot", onNotice: (notice) => notices.push(notice) }).stream.pipe(
          Stream.tap(({ seq }) => Effect.sync(() => seqs.push(seq))),
          Stream.takeUntil(({ seq }) => seq === 999),
          Stream.runDrain
        )
      )
      yield* store.store([["md.gap.primary", JSON.stringify(record)]])
      while (told(notices, "gapRecord").length === 0) yield* Effect.sleep(10)
      yield* store.store([
        ...run(1, 100),
        ...run(111, 120),
        ...run(116, 120),
        ["md.tick.SHFE.rb.x", "{}"],
        ["md.tick.SHFE.rb.x", "not json"],
        ...run(1, 3, { recv_ts: 1_795_150_000_000 }),
        ...run(999, 999, { recv_ts: 1_795_150_000_000 })
      ])
      yield* Fiber.join(reading)
      assert.deepStrictEqual(seqs, [...range(1, 100), ...range(111, 120), ...range(116, 120), 1, 2, 3, 999])
      assert.deepStrictEqual(told(notices, "gap"), [
        { type: "gap", feed: "primary", from: 101, to: 110, count: 10, records: [record] },
        { type: "gap", feed: "primary", from: 4, to: 998, count: 995, records: [] }
      ] as unknown as Array<TickNotice>)
      assert.deepStrictEqual(told(notices, "newRun"), [
        { type: "newRun", feed: "primary", lastSeq: 120, firstSeq: 1, lastRecvTs: 1_795_140_000_120 }
      ])
      assert.deepStrictEqual(told(notices, "repeated"), [
        { type: "repeated", feed: "primary", from: 116, to: 120, count: 5 }
      ])
      const wrong = notices.flatMap((notice) => (notice.type === "notATick" ? [notice.count] : []))
      assert.strictEqual(
        wrong.reduce((sum, count) => sum + count, 0),
        2
      )
    })
  )

  it.live("U6: hears of a loss of a minute ago where this host's clock is ten minutes fast", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      yield* store.make("MD_INTEGRITY", "md.gap.>")
      const record = {
        version: 1,
        id: "primary-1",
        feed: "primary",
        instrument: null,
        cause: "session_down",
        state: "open",
        from: 1,
        to: null,
        count: null,
        seqs: null
      }
      yield* store.store([["md.gap.primary", JSON.stringify(record)]])
      const now = Date.now.bind(Date)
      const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + 600_000)
      yield* Effect.addFinalizer(() => Effect.sync(() => clock.mockRestore()))
      const notices: Array<TickNotice> = []
      const source = ticks({ url: server.url, onNotice: (notice) => notices.push(notice) })
      yield* Effect.forkScoped(Stream.runDrain(source.stream))
      while (told(notices, "gapRecord").length === 0) yield* Effect.sleep(10)
    })
  )

  it.live("begins at the given place: an instrument, a sequence, a time, now", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      yield* store.store([message("rb2410", 1), message("SP a2501&a2505".replace(/[^a-z0-9]/g, ""), 2)])
      yield* store.store([["md.tick.DCE.a.SP%20a2501%26a2505", tickJson("SP a2501&a2505", 3)]])
      // The server's clock, which may differ from the test's.
      const { last_ts } = (yield* Effect.promise(() => store.manager.streams.info("MD_TICKS"))).state
      const betweenMs = Date.parse(last_ts) + 25
      yield* Effect.sleep(50)
      yield* store.store([message("rb2410", 4), message("hc2410", 5)])
      const first = (options: object, count: number) =>
        ticks({ url: server.url, ...options }).stream.pipe(
          Stream.take(count),
          Stream.map(({ seq }) => seq),
          Stream.runCollect
        )
      const ofRb = { instruments: ["rb2410"] }
      assert.deepStrictEqual(yield* first({ from: { sequence: 1 }, ...ofRb }, 2), [1, 4])
      assert.deepStrictEqual(yield* first({ from: "snapshot", ...ofRb }, 1), [4])
      assert.deepStrictEqual(yield* first({ from: { sequence: 1 }, instruments: ["SP a2501&a2505"] }, 1), [3])
      assert.deepStrictEqual(yield* first({ from: { sequence: 3 } }, 3), [3, 4, 5])
      assert.deepStrictEqual(yield* first({ from: new Date(betweenMs) }, 2), [4, 5])
      assert.deepStrictEqual(yield* first({ from: betweenMs, pattern: "md.tick.SHFE.hc.>" }, 1), [5])
      while ((yield* store.consumers).length > 0) yield* Effect.sleep(10)
      const live = yield* Effect.forkScoped(first({ from: "live" }, 1))
      while ((yield* store.consumers).length === 0) yield* Effect.sleep(10)
      yield* store.store([message("rb2410", 6)])
      assert.deepStrictEqual(yield* Fiber.join(live), [6])
    })
  )

  it.live("keeps everything for a user that is slower than the market, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const store = yield* openTickStore(server.url)
      yield* store.store(run(1, 3000))
      let largest = 0
      const seqs: Array<number> = []
      yield* Effect.promise(async () => {
        const source = ticks({ url: server.url, from: { sequence: 1 }, capacity: 200 })
        for await (const batch of source.batches) {
          largest = Math.max(largest, batch.ticks.length)
          for (const { seq } of batch.ticks) seqs.push(seq)
          if (batch.lastSequence === 3000) break
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        // the other form, and its end in the middle of a batch
        for await (const tick of ticks({ url: server.url, from: { sequence: 1 } })) if (tick.seq === 10) break
      })
      assert.deepStrictEqual(seqs, range(1, 3000))
      assert.isAtMost(largest, 200)
      while ((yield* store.consumers).length > 0) yield* Effect.sleep(10)
    })
  )

  it.live("refuses what cannot be read with one sentence", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const codeOf = (options: object) =>
        ticks({ url: server.url, ...options }).stream.pipe(
          Stream.runDrain,
          Effect.flip,
          Effect.map(({ code }) => code)
        )
      assert.strictEqual(yield* codeOf({}), "STREAM_NOT_FOUND")
      // without a scheme too, the password stays out of the sentence
      for (const url of ["me:s3cret@127.0.0.1:1", "nats://me:s3@cret@127.0.0.1:1"]) {
        const { message } = yield* Effect.flip(Stream.runDrain(ticks({ url }).stream))
        assert.notMatch(message, /s3|cret/)
      }
      yield* openTickStore(server.url)
      assert.strictEqual(yield* codeOf({ url: "nats://127.0.0.1:1" }), "NATS_UNREACHABLE")
      assert.strictEqual(yield* codeOf({ url: "nats://:::" }), "CLIENT_OPTIONS_INVALID")
      assert.strictEqual(yield* codeOf({ instruments: [] }), "CLIENT_OPTIONS_INVALID")
      assert.strictEqual(yield* codeOf({ instruments: ["a"], pattern: ">" }), "CLIENT_OPTIONS_INVALID")
      assert.strictEqual(yield* codeOf({ from: Number.NaN }), "CLIENT_OPTIONS_INVALID")
      assert.strictEqual(yield* codeOf({ from: "yesterday" }), "CLIENT_OPTIONS_INVALID")
      assert.strictEqual(yield* codeOf({ url: undefined }), "CLIENT_OPTIONS_INVALID")
      assert.strictEqual(yield* codeOf({ instruments: "rb2610" }), "CLIENT_OPTIONS_INVALID")
      // Accepted by the server, which then sends nothing forever.
      for (const pattern of ["", "md.tick..x", "md tick", "md.tick.>.x", "md.tick.*.*.IF*", "md.ticks.>"])
        assert.strictEqual(yield* codeOf({ pattern }), "CLIENT_OPTIONS_INVALID", pattern)
      const otherTemplate = { subjectTemplate: "cn.{exchange}.{instrument}", instruments: ["rb2610"] }
      assert.strictEqual(yield* codeOf(otherTemplate), "CLIENT_OPTIONS_INVALID")
      assert.strictEqual(yield* codeOf({ from: { sequence: 0 } }), "CLIENT_OPTIONS_INVALID")
      assert.strictEqual(
        yield* codeOf({ pattern: "other.>", from: "live", subjectTemplate: "a.{b}" }),
        "CLIENT_OPTIONS_INVALID"
      )
    })
  )
})
