// A screen that shows states must not stand still for ever because an operator made the bucket anew.
import { assert, it } from "@effect/vitest"
import { jetstream } from "@nats-io/jetstream"
import { Kvm } from "@nats-io/kv"
import { Effect, Fiber, Stream } from "effect"
import { watchBucket } from "../../src/platform/nats/state-watch.ts"
import { connection, startServer } from "../support/nats-server.ts"

it.live("R16: a bucket that is deleted and made again is watched on, with what stands in the new one", () =>
  Effect.gen(function* () {
    const server = yield* startServer()
    const writer = yield* connection(server.url)
    const reader = yield* connection(server.url)
    const kvm = new Kvm(jetstream(writer))
    const make = Effect.promise(() => kvm.create("md_state"))
    const first = yield* make
    yield* Effect.promise(() => first.put("t1.a", "one"))
    const seen: Array<string> = []
    const until = (text: string) =>
      Effect.gen(function* () {
        while (!seen.includes(text)) yield* Effect.sleep(10)
      })
    const fiber = yield* Effect.forkScoped(
      watchBucket(reader, "md_state", "t1.*", 100).pipe(
        Stream.runForEach(({ key, text }) => Effect.sync(() => seen.push(`${key} ${text}`)))
      )
    )
    yield* until("t1.a one")
    yield* Effect.promise(() => first.put("t1.a", "two"))
    yield* until("t1.a two")
    yield* Effect.promise(() => first.destroy())
    yield* Effect.sleep(250)
    const second = yield* make
    yield* Effect.promise(() => second.put("t1.a", "three"))
    yield* until("t1.a three")
    yield* Effect.promise(() => second.put("t1.b", "four"))
    yield* until("t1.b four")
    assert.deepStrictEqual(seen, ["t1.a one", "t1.a two", "t1.a three", "t1.b four"])
    // The end of the connection is reported, as before.
    yield* Effect.promise(() => reader.close())
    assert.strictEqual((yield* Effect.flip(Fiber.join(fiber))).code, "NATS_CLOSED")
  })
)
