// After an outage a message is recognised by its bytes only: binary ones must be found like text.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { TickSlab, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { makeAckedPublisher } from "../../../../../src/market/adapters/jetstream/acked-publisher.ts"
import { makeTickSerializer } from "../../../../../src/market/adapters/serial/tick-serializer.ts"
import { tickFormats } from "../../../../../src/protocol/market/tick/tick-format.ts"
import { FakeStream } from "../../../../support/nats-fake-stream.ts"
import { fractionsOf } from "../../../../support/seeded-random.ts"
import { fillRandom, recordNames } from "../../../../support/serial-records.ts"

const names = recordNames()
const pass = Effect.fnUntraced(function* (ms: number) {
  for (let at = 0; at < ms; at += 10) {
    yield* TestClock.adjust(10)
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  }
})

describe("reconciliation", () => {
  for (const format of tickFormats) {
    it.effect(`finds ${format} messages that were stored without an answer, and sends the others once`, () =>
      Effect.gen(function* () {
        const stream = new FakeStream()
        const told: Array<number> = []
        const events: Array<{ readonly type: string; readonly found?: number; readonly toSend?: number }> = []
        const publisher = yield* makeAckedPublisher({
          connect: Effect.die("the fake opens the link"),
          stream: {},
          openLink: stream.open,
          window: 64,
          onStored: (_, token) => void told.push(token),
          onEvent: (event) => void events.push(event)
        })
        yield* Effect.forkScoped(publisher.run.pipe(Effect.delay(1)))
        yield* pass(20)
        const serializer = makeTickSerializer(format, names)
        const random = fractionsOf(5)
        const slab = new TickSlab(1)
        const sent = Array.from({ length: 40 }, (_, at) => {
          // two valid snapshots may be equal except for their number
          if (at % 2 === 0) fillRandom(slab, 0, random)
          slab.u32[word.seqLow] = at
          slab.u32[word.seqHigh] = 0
          const written = serializer.write(slab, 0, 0)
          publisher.send("one.subject", written, 0, at)
          return Buffer.from(written as Uint8Array)
        })
        yield* pass(20)
        // one answer for all forty, which is lost: no report of the 25 that are stored
        stream.work(25)
        stream.breakAll(0)
        for (let round = 0; told.length < 40 && round < 400; round++) {
          yield* pass(50)
          stream.work(100)
        }
        assert.deepStrictEqual(
          told,
          Array.from({ length: 40 }, (_, at) => at)
        )
        assert.deepStrictEqual(
          stream.messages.map(({ data }) => Buffer.from(data).toString("hex")),
          sent.map((bytes) => bytes.toString("hex"))
        )
        assert.deepInclude(events, { type: "reconciled", found: 25, toSend: 15 })
        assert.strictEqual(publisher.counts().foreignWrites, 0)
      })
    )
  }
})
