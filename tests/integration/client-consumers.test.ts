// The night shift must see which reader is behind before its owner calls, and asking must not burden the broker.
import { assert, it } from "@effect/vitest"
import { AckPolicy, jetstream } from "@nats-io/jetstream"
import { Effect } from "effect"
import { makeConsumerBacklogs, readConsumers } from "../../src/client/consumer-registry.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { judgeConsumer } from "../../src/protocol/market/consumers.ts"
import { openTickStore, range, subjectOf, tickJson } from "../support/client-ticks.ts"
import { connection, startServer } from "../support/nats-server.ts"

it.live("reads backlog, unacknowledged, redelivered and last activity of each durable", () =>
  Effect.gen(function* () {
    const server = yield* startServer()
    const store = yield* openTickStore(server.url)
    const nc = yield* connection(server.url)
    assert.strictEqual((yield* Effect.flip(readConsumers(nc, "NO_SUCH"))).code, "STREAM_NOT_FOUND")
    assert.deepStrictEqual(yield* readConsumers(nc, "MD_TICKS"), { durables: [], temporary: 0 })
    yield* store.store(range(1, 100).map((seq) => [subjectOf("rb1"), tickJson("rb1", seq)]))
    const add = (config: object) => Effect.promise(() => store.manager.consumers.add("MD_TICKS", config))
    yield* add({ durable_name: "asleep", ack_policy: AckPolicy.Explicit })
    yield* add({
      durable_name: "research",
      ack_policy: AckPolicy.Explicit,
      ack_wait: 200e6,
      filter_subject: "md.tick.>"
    })
    yield* add({ name: "passing", ack_policy: AckPolicy.None, inactive_threshold: 60e9 })
    yield* Effect.promise(async () => {
      const research = await jetstream(nc).consumers.get("MD_TICKS", "research")
      const take = async (count: number, act: (n: number) => boolean) => {
        let n = 0
        for await (const message of await research.fetch({ max_messages: count, expires: 2000 })) {
          if (act(++n)) message.ack()
          if (n === count) break
        }
      }
      // three acknowledged, seven left until they are delivered again
      await take(10, (n) => n <= 3)
      await new Promise((resolve) => setTimeout(resolve, 400))
      await take(7, () => false)
      await nc.flush()
    })
    const { durables, temporary } = yield* readConsumers(nc, "MD_TICKS")
    assert.strictEqual(temporary, 1)
    const [asleep, research] = durables
    assert.deepInclude(asleep, {
      name: "asleep",
      backlog: 100,
      ack_pending: 0,
      last_ack_ms: null,
      last_delivery_ms: null
    })
    assert.deepInclude(research, { name: "research", filter: "md.tick.>", backlog: 90, ack_pending: 7, redelivered: 7 })
    // The server's clock, which may differ from the test's.
    const { last_ts } = (yield* Effect.promise(() => store.manager.streams.info("MD_TICKS"))).state
    const storedMs = Date.parse(last_ts)
    assert.isBelow(Math.abs(storedMs - (research?.last_ack_ms ?? 0)), 60_000)
    if (asleep === undefined || research === undefined) throw new Error("two durables were made")
    assert.strictEqual(judgeConsumer(asleep, storedMs + 61_000).state, "stuck")
    assert.strictEqual(judgeConsumer(research, storedMs).state, "working")
    // What the metrics show of them.
    const backlogs = makeConsumerBacklogs({
      stream: "MD_TICKS",
      linkUp: () => true,
      connect: connectNats({ url: server.url, name: "test", reconnect: false }),
      monotonicMs: () => 0
    })
    assert.deepInclude(yield* Effect.promise(backlogs.read), { consumer: "research", messages: 90, redelivered: 7 })
  })
)

it.live("asks the broker at most once in 15 s, and not at all while the link is down", () =>
  Effect.gen(function* () {
    const server = yield* startServer()
    const store = yield* openTickStore(server.url)
    yield* store.store([[subjectOf("rb1"), tickJson("rb1", 1)]])
    yield* Effect.promise(() =>
      store.manager.consumers.add("MD_TICKS", { durable_name: "d", ack_policy: AckPolicy.Explicit })
    )
    let nowMs = 0
    let asked = 0
    let up = true
    let url = server.url
    const backlogs = makeConsumerBacklogs({
      stream: "MD_TICKS",
      linkUp: () => up,
      connect: Effect.suspend(() => {
        asked++
        return connectNats({ url, name: "test", reconnect: false })
      }),
      monotonicMs: () => nowMs
    })
    const read = Effect.promise(backlogs.read)
    assert.deepStrictEqual(yield* read, [{ consumer: "d", messages: 1, redelivered: 0 }])
    nowMs = 14_999
    assert.deepStrictEqual(yield* read, [{ consumer: "d", messages: 1, redelivered: 0 }])
    assert.strictEqual(asked, 1)
    up = false
    nowMs = 60_000
    assert.deepStrictEqual(yield* read, [])
    assert.strictEqual(asked, 1)
    up = true
    url = "nats://127.0.0.1:1"
    // a broker that does not answer: nothing is shown rather than an old value
    assert.deepStrictEqual(yield* read, [])
    assert.strictEqual(asked, 2)
  })
)
