import { assert } from "@effect/vitest"
import { Effect } from "effect"
import {
  type AckedPublisher,
  type AckedPublisherOptions,
  makeAckedPublisher
} from "../../src/market/adapters/jetstream/acked-publisher.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { readStream } from "./nats-server.ts"

export interface PublishRun {
  readonly publisher: AckedPublisher
  /** Numbers of the messages reported as stored, in sequence of the reports. */
  readonly told: ReadonlyArray<number>
  readonly sent: () => number
  /** Sends up to `count` messages in all, at most `batch` in each 5 ms, waiting for room. */
  readonly sendUpTo: (count: number, batch?: number) => Effect.Effect<void>
}

/** A running publisher whose message number n carries n in its payload, its stamp and its token. */
export const startPublishRun = Effect.fnUntraced(function* (url: string, options: Partial<AckedPublisherOptions> = {}) {
  const told: Array<number> = []
  let sent = 0
  const publisher = yield* makeAckedPublisher({
    connect: connectNats({ url, name: "test-publisher", reconnect: false }),
    stream: {},
    window: 512,
    backoffMs: 50,
    backoffCapMs: 400,
    onStored: (stampMs, token) => {
      assert.strictEqual(stampMs, token + 0.5)
      told.push(token)
    },
    ...options
  })
  const sendUpTo = Effect.fnUntraced(function* (count: number, batch = 100) {
    while (sent < count) {
      yield* publisher.awaitRoom
      for (let n = 0; n < batch && sent < count && publisher.room() > 0; n++) {
        const subject = `md.tick.SHFE.rb.rb${sent % 50}`
        // both kinds of payload, one of them with bytes that are not UTF-8
        const payload =
          sent % 2 === 0 ? `${sent} 螺纹钢` : Uint8Array.of(...new TextEncoder().encode(`${sent} `), 0xff, 0x00, 0xfe)
        publisher.send(subject, payload, sent + 0.5, sent)
        sent++
      }
      yield* Effect.sleep(5)
    }
  })
  // in its own scope, like a child of the tree: it ends before the resources that it opened
  yield* Effect.forkScoped(Effect.scoped(publisher.run))
  return { publisher, told, sent: () => sent, sendUpTo } satisfies PublishRun
})

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at)

/** Nothing lost, nothing twice, sequence kept: in the reports and in `texts`, the content of the stream. */
export const assertStored = (run: PublishRun, texts: ReadonlyArray<string>): void => {
  const { handed, stored, retained } = run.publisher.counts()
  assert.deepStrictEqual({ handed, stored, retained }, { handed: run.sent(), stored: run.sent(), retained: 0 })
  assert.deepStrictEqual([...run.told], numbers(run.sent()))
  assert.deepStrictEqual(
    texts.map((text) => Number(text.split(" ")[0])),
    numbers(run.sent())
  )
}

/** The same for a stream that any user may read. */
export const assertExactlyOnce = Effect.fnUntraced(function* (run: PublishRun, url: string, stream?: string) {
  yield* run.publisher.drained
  const lines = yield* readStream(url, stream)
  assertStored(
    run,
    lines.map((line) => line.text)
  )
})
