import { Cause, Deferred, Effect, Latch, Stream } from "effect"

/** A kind of request of which so many may be in progress. */
export interface RequestKind {
  readonly name: string
  readonly inProgressMax: number
}

/** Runs requests side by side, each in a fiber of its own, so that a slow command does not block a query. */
export interface RequestRunner {
  /** Begins a request. False: the maximum of its kind is in progress, and this one is not run. */
  readonly offer: (kind: RequestKind, request: Effect.Effect<void>) => boolean
  /** Begins work that is no request: an entry of the audit. Its callers bound it. */
  readonly post: (work: Effect.Effect<void>) => void
  /**
   * Runs `main`, and requests for as long as `main` runs, its drain after an interruption included: a daemon answers
   * while it stops. The fibers of requests are interrupted when `main` has ended.
   */
  readonly during: <A, E, R>(main: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/**
 * Requests come from callbacks of the NATS client, which are outside of every fiber: they wait in a list that one fiber
 * reads. `onBug`: a request ended with a defect, which ends nothing else.
 */
export const makeRequestRunner = (options: { readonly onBug: (cause: unknown) => void }): RequestRunner => {
  const waiting: Array<Effect.Effect<void>> = []
  const arrived = Latch.makeUnsafe(false)
  const inProgress = new Map<string, number>()
  const count = (kind: RequestKind, by: 1 | -1) => inProgress.set(kind.name, (inProgress.get(kind.name) ?? 0) + by)

  const onDefect = (cause: Cause.Cause<never>) =>
    Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.sync(() => options.onBug(Cause.squash(cause)))
  const post = (work: Effect.Effect<void>): void => {
    waiting.push(Effect.catchCause(work, onDefect))
    arrived.openUnsafe()
  }
  const next: Effect.Effect<Effect.Effect<void>> = Effect.suspend(() => {
    const work = waiting.shift()
    if (work !== undefined) return Effect.succeed(work)
    arrived.closeUnsafe()
    return Effect.andThen(arrived.await, next)
  })
  const run = Stream.fromEffectRepeat(next).pipe(
    Stream.mapEffect((work) => work, { concurrency: "unbounded", unordered: true }),
    Stream.runDrain
  )
  return {
    offer: (kind, request) => {
      if ((inProgress.get(kind.name) ?? 0) >= kind.inProgressMax) return false
      count(kind, 1)
      post(
        Effect.ensuring(
          request,
          Effect.sync(() => count(kind, -1))
        )
      )
      return true
    },
    post,
    during: (main) =>
      Effect.suspend(() => {
        const ended = Deferred.makeUnsafe<void>()
        // An interruption reaches both sides at once. This side must go on until `main` has drained.
        const untilEnded = Effect.uninterruptible(
          Effect.raceFirst(Effect.interruptible(run), Effect.interruptible(Deferred.await(ended)))
        )
        return Effect.raceFirst(
          Effect.ensuring(main, Deferred.succeed(ended, undefined)),
          Effect.andThen(untilEnded, Effect.never)
        )
      })
  }
}
