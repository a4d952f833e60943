import { Context, Effect, Layer, Queue } from "effect"
import { sha256Hex } from "../../../kernel/sha256.ts"
import { safetyEventSubject } from "../../../protocol/trading/safety.ts"
import { EventPublisher } from "../../ports/event-publisher.ts"
import { SafetyAlerts, type SafetyEvent } from "../../ports/safety.ts"
import { TradeEvents } from "../../ports/trade-events.ts"

/** Events that wait for the broker. The oldest go first: the journal of the store has them all. */
const waitingMax = 1000
const againMs = 1000

/** Publishes the events of the safety states to the stream, for ever. It is a child of the trading tree. */
export class SafetyEventStream extends Context.Service<
  SafetyEventStream,
  { readonly run: Effect.Effect<never>; readonly counts: { readonly published: number; readonly waiting: number } }
>()("tickd/trading/SafetyEventStream") {}

const bodyOf = ({ atMs, ...event }: SafetyEvent): string =>
  JSON.stringify({ version: 1, ...event, at: new Date(atMs).toISOString() })

/** Raised events go to the bus at once, and to the stream when the broker takes them. */
export const layer = Layer.effectContext(
  Effect.gen(function* () {
    const [events, publisher] = [yield* TradeEvents, yield* EventPublisher]
    const queue = yield* Queue.sliding<SafetyEvent>(waitingMax)
    const counts = { published: 0, waiting: 0 }
    const publish = Effect.fnUntraced(function* (event: SafetyEvent) {
      const body = bodyOf(event)
      const message = {
        messageId: `safety-${sha256Hex(body).slice(0, 24)}`,
        subject: safetyEventSubject(event.type),
        body
      }
      while ((yield* Effect.result(publisher.publish(message)))._tag === "Failure") yield* Effect.sleep(againMs)
      counts.published++
      counts.waiting = Math.max(0, counts.waiting - 1)
    })
    const alerts = SafetyAlerts.of({
      raise: (event) =>
        Effect.sync(() => {
          events.publish({ type: "safety", event })
          counts.waiting = Math.min(waitingMax, counts.waiting + 1)
          Queue.offerUnsafe(queue, event)
        })
    })
    const stream = SafetyEventStream.of({
      run: Effect.forever(Effect.flatMap(Queue.take(queue), publish)),
      counts
    })
    return Context.make(SafetyAlerts, alerts).pipe(Context.add(SafetyEventStream, stream))
  })
)
