import { Effect, Random, type Scope } from "effect"
import { type BackoffPolicy, backoffMs } from "../../machines/backoff.ts"
import type { Body } from "../runtime/tree.ts"

/** Reports of a part that waits for an external resource. */
export interface WaitReports {
  /** An attempt failed; the next one follows in `inMs`. */
  readonly failed: (error: unknown, inMs: number) => void
  /** It works: for the first time in this run, or again. */
  readonly worked: () => void
}

/** A body that had served ended; another one is started after `inMs`. */
interface LostService {
  readonly error: unknown
  readonly servedMs: number
  readonly inMs: number
  /** Number of losses in this run, including this one. */
  readonly losses: number
}

export interface LastingOptions {
  readonly reports: WaitReports
  /** The end of a body that had served counts as a restart; a failed attempt does not. */
  readonly onLost?: (lost: LostService) => void
  /** It serves again after this many losses. */
  readonly onBack?: (losses: number) => void
  /** Errors that end the child, and so the daemon. Any other failure is followed by another attempt. */
  readonly isFatal: (error: unknown) => boolean
  /** The child is ready before its body, so that later children do not wait for it. Default: false. */
  readonly readyAtOnce?: boolean
  readonly backoff?: BackoffPolicy
  /** A body that served this long resets its backoff. */
  readonly healthyAfterMs?: number
  readonly monotonicMs: () => number
}

const defaultBackoff: BackoffPolicy = { baseMs: 200, capMs: 10_000 }

/**
 * A child that only a fatal typed failure ends: the body runs again after a pause that doubles to its cap. Its
 * attempts are not restarts, so they do not use the restart intensity shared with siblings. A defect is a bug and
 * ends it.
 */
export const lasting =
  <R>(options: LastingOptions, body: Body<R>): Body<R> =>
  (ready) =>
    Effect.gen(function* () {
      const { reports, monotonicMs } = options
      const seed = yield* Random.nextInt
      let isReady = false
      let attempt = 0
      let losses = 0
      const readyOnce = Effect.suspend(() => {
        if (isReady) return Effect.void
        isReady = true
        return ready
      })
      if (options.readyAtOnce === true) yield* readyOnce
      while (true) {
        let servedMs: number | undefined
        const serves = Effect.andThen(
          Effect.sync(() => {
            servedMs = monotonicMs()
            reports.worked()
            if (losses > 0) options.onBack?.(losses)
          }),
          readyOnce
        )
        const error = yield* Effect.scoped(body(serves)).pipe(
          Effect.as(undefined),
          Effect.catch((failure) => Effect.succeed({ failure }))
        )
        if (error === undefined) return
        if (options.isFatal(error.failure)) return yield* Effect.fail(error.failure)
        const lastedMs = servedMs === undefined ? undefined : monotonicMs() - servedMs
        const healthy = lastedMs !== undefined && lastedMs >= (options.healthyAfterMs ?? 30_000)
        attempt = healthy ? 1 : attempt + 1
        const inMs = backoffMs(options.backoff ?? defaultBackoff, attempt, seed)
        if (lastedMs !== undefined)
          options.onLost?.({ error: error.failure, servedMs: Math.round(lastedMs), inMs, losses: ++losses })
        reports.failed(error.failure, inMs)
        yield* Effect.sleep(inMs)
      }
    }) as Effect.Effect<unknown, unknown, R | Scope.Scope>

/** Repeats a step of the start until it succeeds, with the same rule as `lasting`, before there is a tree. */
export const untilIt = <A, E, R>(options: LastingOptions, step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const seed = yield* Random.nextInt
    for (let attempt = 1; ; attempt++) {
      const outcome = yield* step.pipe(
        Effect.map((value) => ({ value })),
        Effect.catch((failure) => (options.isFatal(failure) ? Effect.fail(failure) : Effect.succeed({ failure })))
      )
      if ("value" in outcome) {
        options.reports.worked()
        return outcome.value
      }
      const inMs = backoffMs(options.backoff ?? defaultBackoff, attempt, seed)
      options.reports.failed(outcome.failure, inMs)
      yield* Effect.sleep(inMs)
    }
  })
