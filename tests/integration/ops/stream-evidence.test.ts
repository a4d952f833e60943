// The drill's verdict is worth what its reader finds: faults that are planted in a real stream, on both sides of the
// moment at which reading begins, and over a server that is restarted.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { evidenceFaults } from "../../../src/ops/domain/drill/evidence.ts"
import { openStreamEvidence } from "../../../src/ops/layers/drill/stream-evidence.ts"
import { openTickStore, range, subjectOf, tickJson } from "../../support/client-ticks.ts"
import { liveSettings } from "../../support/live-settings.ts"
import { startServer } from "../../support/nats-server.ts"

const baseMs = 1_795_140_000_000
/** Tick `n` of a market whose feeds take turns, three lots each. */
const tick = (n: number, more: Readonly<Record<string, unknown>> = {}) =>
  [
    subjectOf("rb2701"),
    tickJson("rb2701", n, {
      ts: baseMs + n * 500,
      volume: n * 3,
      last_volume: 3,
      feed: n % 2 === 0 ? "primary" : "backup",
      ...more
    })
  ] as const
const ticks = (from: number, to: number) => range(from, to).map((n) => tick(n))

const opened = Effect.gen(function* () {
  const server = yield* startServer()
  const store = yield* openTickStore(server.url)
  yield* store.make("MD_INTEGRITY", "md.gap.>")
  // Before the drill: what is wrong here is not its matter.
  yield* store.store([...ticks(1, 5), tick(9), tick(8), tick(8, { feed: "backup" })])
  const reader = yield* openStreamEvidence(liveSettings({ natsUrl: server.url }))
  return { store, reader }
})

const found = (plant: ReadonlyArray<readonly [string, string]>) =>
  Effect.gen(function* () {
    const { reader, store } = yield* opened
    yield* store.store([...ticks(10, 40), ...plant])
    yield* reader.caughtUp
    const evidence = reader.evidence()
    assert.strictEqual(
      evidence.ticks + evidence.unreadable,
      31 + plant.filter(([of]) => of.startsWith("md.tick")).length
    )
    return { faults: evidenceFaults(evidence, false), evidence }
  })

describe("stream evidence of a drill", () => {
  it.live("finds nothing in a whole stream of two feeds", () =>
    Effect.gen(function* () {
      const { evidence, faults } = yield* found(ticks(41, 60))
      assert.deepStrictEqual(faults, [])
      assert.deepStrictEqual([evidence.firstSequence, evidence.lastSequence], [9, 59])
    })
  )

  it.live("finds a lost, a repeated and an older tick, each as what it is", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* found(ticks(42, 45))).faults, ["1 lost"])
      const twin = tick(40, { feed: "backup", seq: 91, recv_ts: baseMs + 99 })
      assert.deepStrictEqual((yield* found([twin])).faults, ["1 stored twice"])
      assert.include((yield* found([tick(40), tick(41)])).faults, "1 stored twice")
      const older = yield* found([tick(42, { last_volume: 6 }), tick(41)])
      assert.deepStrictEqual(older.faults, ["1 out of order"])
      assert.match(older.evidence.examples.join(), /rb2701 backup 41 is older/)
    })
  )

  it.live("finds what is no tick", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* found([[subjectOf("rb2701"), "not a tick"]])).faults, ["1 that are no ticks"])
    })
  )

  it.live("without a tick is no evidence", () =>
    Effect.gen(function* () {
      const { reader } = yield* opened
      yield* reader.caughtUp
      assert.deepStrictEqual(evidenceFaults(reader.evidence(), false), ["no tick was read"])
    })
  )

  it.live("measures the first stored tick of the new feed, and says when there is none", () =>
    Effect.gen(function* () {
      const { reader, store } = yield* opened
      const wait = yield* reader.firstTickOf("backup")
      yield* store.store([tick(10), tick(12, { feed: "backup", recv_ts: 1 })])
      assert.isTrue(Option.isNone(yield* wait(200)))
      yield* store.store([tick(13, { recv_ts: Date.now() + 5 })])
      const ms = Option.getOrThrow(yield* wait(2_000))
      assert.isAtLeast(ms, 200)
      assert.isBelow(ms, 2_000)
    })
  )

  it.live("says what to do when the stream is not there", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const fault = yield* Effect.flip(openStreamEvidence(liveSettings({ natsUrl: server.url })))
      assert.match(fault.message, /cannot read the stream of ticks/)
    })
  )
})
