import { Effect, Layer } from "effect"
import { MemorySafetyStore } from "../../../trading/adapters/memory/safety-bucket.ts"
import { type BucketListener, SafetyBucket } from "../../../trading/ports/safety-bucket.ts"
import { SafetyStateError } from "../../../trading/ports/safety-state.ts"
import type { Dice } from "../../faults/dice.ts"
import type { TradeProcess } from "./trade-process.ts"

const fastestMs = 1
const slowestMs = 4
/** A request to NATS that nothing answers. */
const answerMs = 2000

/** The NATS KV bucket of the safety states, which outlives each process, with the network between. */
export class SimBucket {
  readonly store = new MemorySafetyStore()
  /** Called with each text that was stored. */
  onStored: (key: string, text: string) => void = () => undefined
  /** `silent`: notices, and requests or their answers, are lost without a word. */
  private state: "up" | "down" | "silent" = "up"
  /** The monitor's sign of life is not taken, and its request is not answered. */
  monitorStalls = false
  private isMade = false
  private readonly watches = new Set<() => void>()
  private readonly dice: Dice

  constructor(dice: Dice) {
    this.dice = dice
  }

  set(state: "up" | "down" | "silent"): void {
    const before = this.state
    this.state = state
    if ((state === "down") !== (before === "down")) this.store.setUp(state !== "down")
    if (before === "silent") for (const again of this.watches) again()
  }

  /** Another host changes a state, without a race. */
  elsewhere(key: string, text: string): boolean {
    // Before an operator has made the bucket there is nothing that another host could change.
    if (!this.isMade) return false
    this.store.overwrite(key, text)
    this.onStored(key, text)
    return true
  }

  /** The connection of one process. */
  layerFor(process: TradeProcess): Layer.Layer<SafetyBucket> {
    const pause = Effect.suspend(() => Effect.sleep(this.dice.whole(fastestMs, slowestMs)))
    const unanswered = Effect.andThen(
      Effect.sleep(answerMs),
      Effect.fail(new SafetyStateError({ reason: "unreachable", message: `NATS has not answered in ${answerMs} ms.` }))
    )
    const asked = <A>(request: Effect.Effect<A, SafetyStateError>): Effect.Effect<A, SafetyStateError> =>
      Effect.gen({ self: this }, function* () {
        yield* pause
        const isSilent = this.state === "silent"
        // Lost on its way there, or on its way back.
        if (isSilent && this.dice.next() < 0.5) return yield* unanswered
        const answer = yield* request
        if (isSilent) return yield* unanswered
        yield* pause
        return answer
      })
    return Layer.effect(
      SafetyBucket,
      Effect.map(SafetyBucket, (inner) =>
        SafetyBucket.of({
          read: (key) => asked(inner.read(key)),
          write: (key, text, after) =>
            asked(
              Effect.tap(inner.write(key, text, after), (revision) =>
                Effect.sync(() => {
                  if (revision !== undefined) this.onStored(key, text)
                })
              )
            ),
          renew: (key, text) =>
            Effect.suspend(() => (this.monitorStalls ? Effect.never : asked(inner.renew(key, text)))),
          create: asked(Effect.tap(inner.create, () => Effect.sync(() => void (this.isMade = true)))),
          follow: (listener) => this.follow(inner, process, listener)
        })
      )
    ).pipe(Layer.provide(this.store.layer))
  }

  /** Notices come a moment after the change, in sequence. After a silence everything is listed anew. */
  private follow(inner: SafetyBucket["Service"], process: TradeProcess, to: BucketListener): Effect.Effect<never> {
    const waiting: Array<() => void> = []
    const next = () => waiting.shift()?.()
    const send = (notice: () => void) => {
      if (!process.alive || this.state === "silent") return
      waiting.push(notice)
      process.later(this.dice.whole(fastestMs, slowestMs), next)
    }
    const late: BucketListener = {
      began: () => send(() => to.began()),
      entry: (entry) => send(() => to.entry(entry)),
      confirmed: (atMs) => send(() => to.confirmed(atMs)),
      lost: (cause) => send(() => to.lost(cause))
    }
    const untilSilent = Effect.callback<void>((resume) => {
      const again = () => resume(Effect.void)
      this.watches.add(again)
      return Effect.sync(() => this.watches.delete(again))
    })
    return Effect.forever(Effect.raceFirst(inner.follow(late), untilSilent))
  }
}
