// Integrity events must not use unbounded memory while the broker is away, nor be lost or repeated when it returns.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { drainOutbox, Outbox, runOutbox } from "../../../../../src/market/application/publish/outbox.ts"
import { type IntegrityEvent, IntegrityPublisher } from "../../../../../src/market/ports/integrity-publisher.ts"

const event = (n: number): IntegrityEvent => ({ type: "certificate", subject: `s.${n}`, text: "{}" })

const makePublisher = () => {
  const sent: Array<string> = []
  let room = 0
  return {
    sent,
    allow: (events: number) => void (room = events),
    service: IntegrityPublisher.of({
      hasRoom: () => room > 0,
      send: (one) => {
        room--
        sent.push(one.type === "certificate" ? one.subject : one.type)
      },
      drained: Effect.void
    })
  }
}

describe("Outbox", () => {
  it("keeps the first events and counts those that were dropped", () => {
    const outbox = new Outbox(3)
    const { service, sent, allow } = makePublisher()
    for (let n = 0; n < 5; n++) outbox.offer(event(n))
    assert.deepStrictEqual([outbox.waiting, outbox.dropped], [3, 2])
    allow(2)
    outbox.flush(service)
    assert.deepStrictEqual(sent, ["s.0", "s.1"])
    outbox.offer(event(5))
    outbox.offer(event(6))
    allow(9)
    outbox.flush(service)
    assert.deepStrictEqual(sent, ["s.0", "s.1", "s.2", "s.5", "s.6"])
    assert.deepStrictEqual([outbox.waiting, outbox.dropped, outbox.sent], [0, 2, 5])
  })

  it("keeps the last state of a waiting gap, and sends one again whose previous state is gone", () => {
    const outbox = new Outbox(2)
    const { service, sent, allow } = makePublisher()
    const gap = (count: number): IntegrityEvent => ({
      type: "gap",
      gap: {
        id: "a",
        feed: "primary",
        instrument: undefined,
        cause: "queue_overflow",
        state: "open",
        fromMs: 0,
        toMs: undefined,
        count,
        seqs: [1, count]
      }
    })
    const counts: Array<number | undefined> = []
    const noting = IntegrityPublisher.of({
      ...service,
      send: (one) => {
        service.send(one)
        if (one.type === "gap") counts.push(one.gap.count)
      }
    })
    for (const one of [gap(1), event(1), gap(2), gap(3)]) outbox.offer(one)
    assert.deepStrictEqual([outbox.waiting, outbox.dropped], [2, 0])
    allow(1)
    outbox.flush(noting)
    outbox.offer(gap(4))
    outbox.offer(gap(5))
    allow(9)
    outbox.flush(noting)
    assert.deepStrictEqual(counts, [3, 5])
    assert.deepStrictEqual(sent, ["gap", "s.1", "gap"])
  })

  it.effect("is emptied in order as room appears", () =>
    Effect.gen(function* () {
      const outbox = new Outbox(10)
      const { service, sent, allow } = makePublisher()
      let looks = 0
      const fiber = yield* Effect.forkChild(
        runOutbox(outbox, () => void looks++).pipe(Effect.provideService(IntegrityPublisher, service))
      )
      outbox.offer(event(1))
      yield* TestClock.adjust("150 millis")
      assert.deepStrictEqual(sent, [])
      allow(5)
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(sent, ["s.1"])
      assert.strictEqual(looks, 2)
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("gives up at the deadline of a stop and counts what is left", () =>
    Effect.gen(function* () {
      const outbox = new Outbox(10)
      const { service, allow } = makePublisher()
      for (let n = 0; n < 4; n++) outbox.offer(event(n))
      allow(1)
      const fiber = yield* Effect.forkChild(
        drainOutbox(outbox, 2000).pipe(Effect.provideService(IntegrityPublisher, service))
      )
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual([outbox.sent, outbox.dropped], [1, 3])
    })
  )
})
