// Consumers must get every event of the book, and the book must not wait for them.
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { makeOutboxActor } from "../../../../actors/trading/outbox-actor.ts"
import { EventNotStored, EventPublisher } from "../../../../src/trading/ports/event-publisher.ts"
import { OrderStore } from "../../../../src/trading/ports/order-store.ts"
import { openMs } from "../../../support/trading/gate-view.ts"
import { entry, idle, limitOrder, startWorld } from "../../../support/trading/order-world.ts"

it.effect("publishes each event in its order, and deletes it after the confirmation", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(openMs)
    const world = yield* startWorld({ mode: "dry" })
    const ids: Array<string> = []
    let away = false
    const publisher = Layer.succeed(EventPublisher, {
      publish: ({ messageId }) => {
        // The third one is stored, and its confirmation is lost.
        if (away || ids.length === 2) away = true
        ids.push(messageId)
        return away ? Effect.fail(new EventNotStored({ message: "no confirmation" })) : Effect.void
      }
    })
    const outbox = yield* Effect.provide(
      makeOutboxActor(),
      Layer.merge(publisher, Layer.succeed(OrderStore, world.store))
    )
    yield* Effect.forkScoped(outbox.body(Effect.void))
    for (const id of ["a", "b", "c", "d"]) yield* world.desk.submit(limitOrder("1", { nonce: id }), entry(id))
    yield* TestClock.adjust(60)
    yield* idle
    assert.deepStrictEqual([outbox.counts.published, outbox.counts.backlog, yield* world.store.outboxSize], [2, 2, 2])
    // The book goes on while the broker is away.
    yield* world.desk.submit(limitOrder("1", { nonce: "e" }), entry("e"))
    yield* TestClock.adjust("20 seconds")
    assert.isAbove(outbox.counts.failures, 3)
    assert.strictEqual(outbox.counts.backlog, 3)
    away = false
    yield* TestClock.adjust("20 seconds")
    assert.deepStrictEqual([outbox.counts.published, outbox.counts.backlog, yield* world.store.outboxSize], [5, 0, 0])
    const numbers = [...new Set(ids)].map((id) => Number(id.split("-")[1]))
    assert.deepStrictEqual(
      numbers,
      numbers.toSorted((a, b) => a - b)
    )
    assert.lengthOf(numbers, 5)
  })
)
