import { Effect, Layer } from "effect"
import { EventNotStored, EventPublisher } from "../../../trading/ports/event-publisher.ts"
import type { Dice } from "../../faults/dice.ts"
import type { TradeProcess } from "./trade-process.ts"

/** The stream of order events in JetStream, which outlives each process. A repeated id is stored once. */
export class SimEvents {
  /** `lossy`: stores and does not confirm. */
  state: "up" | "down" | "lossy" = "up"
  readonly stored = new Map<string, string>()
  private readonly dice: Dice

  constructor(dice: Dice) {
    this.dice = dice
  }

  layerFor(process: TradeProcess): Layer.Layer<EventPublisher> {
    return Layer.succeed(
      EventPublisher,
      EventPublisher.of({
        publish: ({ body, messageId }) =>
          Effect.gen({ self: this }, function* () {
            yield* Effect.sleep(this.dice.whole(1, 2))
            if (!process.alive) return yield* Effect.never
            const { state } = this
            if (state !== "down") this.stored.set(messageId, body)
            if (state === "up") return
            return yield* new EventNotStored({ message: `the stream is ${state}` })
          })
      })
    )
  }
}
