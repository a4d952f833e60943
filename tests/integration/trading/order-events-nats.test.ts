// The book numbers its events once: whatever happens to the connection, the stream has each of them once.
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { makeOutboxActor } from "../../../actors/trading/outbox-actor.ts"
import { makeEventPublisher } from "../../../src/trading/adapters/jetstream/event-publisher.ts"
import { EventPublisher } from "../../../src/trading/ports/event-publisher.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { connection, readStream, startServer } from "../../support/nats-server.ts"
import { entry, limitOrder, startWorld } from "../../support/trading/order-world.ts"
import { until } from "../../support/until.ts"

it.live("publishes the events of the book to TRADE_EVENTS, each once, and goes on while NATS is away", () =>
  Effect.gen(function* () {
    const server = yield* startServer()
    const world = yield* startWorld({ mode: "dry" })
    const nats = yield* connection(server.url)
    const link = { up: true, loseNextDelete: true }
    // The program ends between the confirmation and the deletion: the event is published again.
    const forgetful = OrderStore.of({
      ...world.store,
      outboxSent: (id) =>
        Effect.suspend(() => {
          if (!link.loseNextDelete) return world.store.outboxSent(id)
          link.loseNextDelete = false
          return Effect.void
        })
    })
    const publisher = makeEventPublisher(() => (link.up ? nats : undefined))
    const outbox = yield* Effect.provide(
      makeOutboxActor({ batch: 2, idleMs: 5, again: { baseMs: 10, capMs: 20 } }),
      Layer.merge(Layer.succeed(EventPublisher, publisher), Layer.succeed(OrderStore, forgetful))
    )
    yield* Effect.forkScoped(outbox.body(Effect.void))
    const submit = (id: string) => world.desk.submit(limitOrder("1", { nonce: id }), entry(id))
    for (const id of ["a", "b", "c"]) yield* submit(id)
    const empty = Effect.gen(function* () {
      while ((yield* world.store.outboxSize) > 0) yield* Effect.sleep(5)
    })
    yield* empty
    // One of the three at least was published twice.
    assert.isAtLeast(outbox.counts.published, 4)
    link.up = false
    yield* submit("d")
    yield* until("a backlog", () => outbox.counts.backlog === 1)
    assert.include(outbox.counts.lastProblem, "NATS is not connected")
    link.up = true
    yield* empty
    const stored = yield* readStream(server.url, "TRADE_EVENTS")
    assert.deepStrictEqual(
      stored.map(({ subject, text }) => [subject, JSON.parse(text).client_order_id]),
      ["a", "b", "c", "d"].map((id) => ["trade.order.AAPL", id])
    )
  })
)
