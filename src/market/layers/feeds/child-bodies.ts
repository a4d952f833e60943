import { Effect } from "effect"
import { runSession, type SessionOptions } from "../../../../actors/market/session-actor.ts"
import type { Body } from "../../../../actors/runtime/tree.ts"
import {
  abandonTicks,
  drainTicks,
  type PublishOptions,
  publishTicks,
  standBy
} from "../../application/publish/publish-ticks.ts"
import type { FeedWorkerError } from "../../domain/feed/feed-worker-error.ts"
import { MarketFront } from "../../ports/market-front.ts"
import { TickPublisher } from "../../ports/tick-publisher.ts"

// Children of the tree that the daemon and the simulation share, so that a simulated hour says something about the
// daemon.

/** How long a stop waits for the stream to confirm the last tick, milliseconds. */
const drainDeadlineMs = 12_000

/**
 * Moves ticks from the queue to the stream. `publishing` is kept outside, so that a restart goes on with what is in
 * hand.
 */
export const publisherBody =
  (publishing: PublishOptions, publisher: TickPublisher["Service"]): Body =>
  (ready) =>
    Effect.gen(function* () {
      let stopping = true
      yield* Effect.addFinalizer((exit) =>
        // A crash is followed by a restart that goes on with what is in hand; only a stop drains.
        Effect.suspend(() =>
          stopping && exit._tag === "Failure" ? drainTicks({ ...publishing, deadlineMs: drainDeadlineMs }) : Effect.void
        )
      )
      yield* ready
      yield* Effect.raceFirst(publishTicks(publishing), standBy(publishing)).pipe(
        Effect.tapCause((cause) =>
          Effect.sync(() => void (stopping = cause.reasons.every(({ _tag }) => _tag === "Interrupt")))
        )
      )
    }).pipe(Effect.provideService(TickPublisher, publisher))

/** One worker process after another's end; its stop waits until what it left in the ring has been read. */
export const workerBody =
  (options: {
    readonly front: MarketFront["Service"]
    readonly drained: Effect.Effect<void>
    /** Why it must not start yet; undefined: it may. */
    readonly heldBy?: () => FeedWorkerError | undefined
    /** Called with the failure of a worker. */
    readonly failed: (error: FeedWorkerError) => void
  }): Body =>
  (ready) =>
    Effect.gen(function* () {
      yield* Effect.addFinalizer(() =>
        options.drained.pipe(Effect.interruptible, Effect.timeoutOption(5000), Effect.asVoid)
      )
      const start = Effect.suspend(() => {
        const held = options.heldBy?.()
        return held === undefined ? options.front.runWorker(ready) : Effect.fail(held)
      })
      yield* Effect.tapError(start, (error) => Effect.sync(() => options.failed(error)))
    })

/**
 * Closes the integrity when the tree has ended: a stop with the broker away may leave ticks in the ring, and a
 * publisher that crashed during the stop has drained nothing. They are lost, and counted.
 */
export const closeIntegrity =
  (publishing: PublishOptions) =>
  <A, E, R>(tree: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.onExit(tree, () =>
      Effect.sync(() => {
        // Room that is made here must stay unused: what a reader took from the ring now would be counted twice.
        publishing.queue.close()
        abandonTicks(publishing)
        for (const ledger of publishing.ledgers) ledger.abandonRing()
      })
    )

/** What of a session's timing is the user's to set. Times in milliseconds. */
export interface SessionSettings {
  readonly feed: string
  readonly connectTimeoutMs: number
  readonly loginTimeoutMs: number
  readonly maxRetries: number
  readonly coverageMin: number
  /** How long the front may take to answer for what is wanted, the time that the asking itself takes included. */
  readonly subscribeTimeoutMs: number
  /** Keeps the pauses of several daemons apart. */
  readonly seed: number
}

/** One session over its front, with the timing that fronts ask for. */
export const sessionBody =
  (settings: SessionSettings, front: MarketFront["Service"], rest: Omit<SessionOptions, "input" | "ready">): Body =>
  (ready) =>
    runSession({
      ...rest,
      input: {
        ...settings,
        healthyAfterMs: 30_000,
        // Fronts refuse more than one login a second; the tenth more is for clocks that run differently.
        loginSpacingMs: 1100,
        repairTimeoutMs: 10_000,
        drainTimeoutMs: 5000,
        backoff: { baseMs: 1250, capMs: 30_000 }
      },
      ready
    }).pipe(Effect.provideService(MarketFront, front))
