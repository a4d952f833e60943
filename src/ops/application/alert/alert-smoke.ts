import { Clock, Effect, Option } from "effect"
import { AlertPath, type SmokeSeries } from "../../ports/alert-path.ts"

const lookEveryMs = 250
/** Values that differ by less are the same: they are printed and parsed on their way. */
const tolerance = 1e-6

/**
 * Pushes `value`, waits until Prometheus has it, and pushes `resetValue`, also after a failure or an interruption. The
 * wait is `waitMs` and one scrape more: a push just after a scrape is seen only with the next one. Returns the last
 * value that Prometheus had.
 */
export const alertSmoke = Effect.fnUntraced(function* (
  series: SmokeSeries,
  { resetValue, value, waitMs }: { readonly value: number; readonly resetValue: number; readonly waitMs: number }
) {
  const path = yield* AlertPath
  const walk = Effect.gen(function* () {
    const mark = yield* path.push(series, value)
    const untilMs = (yield* Clock.currentTimeMillis) + waitMs + (yield* path.scrapeIntervalMs)
    for (;;) {
      const observed = yield* path.read(series, mark)
      const isThere = observed !== undefined && Math.abs(observed - value) <= tolerance
      if (isThere || (yield* Clock.currentTimeMillis) >= untilMs) return { observed, isThere }
      yield* Effect.sleep(lookEveryMs)
    }
  })
  const reset = path.push(series, resetValue)
  const walked = yield* Effect.exit(walk).pipe(Effect.onInterrupt(() => Effect.ignore(reset)))
  // The fault of the walk goes first: it is the cause of both.
  const undone = yield* Effect.exit(reset)
  const found = yield* walked
  yield* undone
  return { observed: Option.fromUndefinedOr(found.observed), isThere: found.isThere }
})
