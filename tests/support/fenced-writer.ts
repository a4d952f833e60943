import { Effect } from "effect"
import type { AckedPublisherOptions } from "../../src/market/adapters/jetstream/acked-publisher.ts"
import type { PublisherEvent } from "../../src/market/adapters/jetstream/publisher-events.ts"
import { fenceTimes, makeWriterFence, type WriterIdentity } from "../../src/market/adapters/jetstream/writer-fence.ts"
import { startPublishRun } from "./nats-publish-run.ts"

let lives = 0

/** A publisher with a fence, like one run of the daemon `instance`. */
export const startFencedWriter = Effect.fnUntraced(function* (
  url: string,
  who: Partial<WriterIdentity>,
  options: Partial<AckedPublisherOptions> = {},
  times: Partial<typeof fenceTimes> = {}
) {
  const events: Array<PublisherEvent> = []
  const fence = makeWriterFence(
    { stream: "MD_TICKS", instance: "one", host: "here", pid: 4711, run: `life-${lives++}`, takeOver: false, ...who },
    // The pauses of the product, except the longest ones, so that a test does not wait for them.
    { ...fenceTimes, staleMs: 3000, unconfirmedMs: 2500, ...times }
  )
  const run = yield* startPublishRun(url, { fence, onEvent: (event) => void events.push(event), ...options })
  const linkIs = Effect.fnUntraced(function* (wanted: string, withinMs = 10_000) {
    const untilMs = Date.now() + withinMs
    while (run.publisher.counts().link !== wanted) {
      if (Date.now() > untilMs) {
        throw new Error(`the link is ${run.publisher.counts().link}: ${run.publisher.counts().lastProblem}`)
      }
      yield* Effect.sleep(10)
    }
  })
  return { ...run, fence, events, linkIs }
})
