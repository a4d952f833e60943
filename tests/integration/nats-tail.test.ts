// An operator who looks at ticks must see them in order, and must never slow the line that stores them.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { tailSubject } from "../../src/platform/nats/tick-tail.ts"
import { connection, startServer } from "../support/nats-server.ts"

describe("tick tail", () => {
  it.live("gives the messages of a pattern in order, in batches", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const reader = yield* connection(server.url)
      const writer = yield* connection(server.url)
      const seen: Array<string> = []
      let batches = 0
      const tail = yield* Effect.forkScoped(
        tailSubject(reader, "md.tick.SHFE.>").pipe(
          Stream.runForEach((batch) =>
            Effect.sync(() => {
              batches++
              for (const { subject, data } of batch) seen.push(`${subject} ${new TextDecoder().decode(data)}`)
            })
          )
        ),
        { startImmediately: true }
      )
      yield* Effect.promise(() => reader.flush())
      for (let n = 0; n < 1000; n++) {
        writer.publish(`md.tick.SHFE.rb.rb${n % 3}`, String(n))
        writer.publish("md.tick.DCE.m.m1", "not asked for")
      }
      while (seen.length < 1000) yield* Effect.sleep(5)
      assert.deepStrictEqual(
        seen,
        Array.from({ length: 1000 }, (_, n) => `md.tick.SHFE.rb.rb${n % 3} ${n}`)
      )
      assert.isBelow(batches, 500)
      yield* Effect.promise(() => reader.close())
      const error = yield* Fiber.join(tail).pipe(Effect.flip)
      assert.strictEqual(error.code, "NATS_CLOSED")
    })
  )

  it.live("drops for a reader that is too slow, and reports how many", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const reader = yield* connection(server.url)
      const writer = yield* connection(server.url)
      let seen = 0
      let dropped = 0
      const tail = tailSubject(reader, "t", {
        capacity: 100,
        onDropped: (count) => {
          dropped += count
        }
      }).pipe(
        Stream.runForEach((batch) => {
          seen += batch.length
          return Effect.sleep(200)
        })
      )
      yield* Effect.forkScoped(tail, { startImmediately: true })
      yield* Effect.promise(() => reader.flush())
      for (let n = 0; n < 5000; n++) writer.publish("t", "x")
      const told = () => seen + dropped
      while (told() < 5000) yield* Effect.sleep(20)
      assert.isAbove(dropped, 0)
      assert.strictEqual(told(), 5000)
    })
  )
})
