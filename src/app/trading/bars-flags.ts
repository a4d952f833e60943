import { Effect } from "effect"
import { Flag } from "effect/cli"
import { shownDefault } from "../../cli/terminal/flags.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { isDay } from "../../trading/adapters/bars/csv-text.ts"
import { adjustments } from "../../trading/domain/signal/market/bars-set.ts"

export const barsFlag = Flag.String("bars").pipe(shownDefault("Folder of the bars", "bars"))

export const timeframeFlag = Flag.String("timeframe").pipe(shownDefault("Length of a bar, as Alpaca names it", "1Day"))

export const adjustmentFlag = Flag.Literals("adjustment", adjustments).pipe(
  Flag.withDescription("Prices as traded (raw), or adjusted for splits, dividends or both (default: all)"),
  Flag.withDefault("all" as const)
)

/** A failure of bars, as a sentence of the verb. */
export const toBarsError = <A, E extends { readonly code: string; readonly message: string }, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, UserError, R> =>
  Effect.mapError(
    effect,
    ({ code, message }) =>
      new UserError({
        code,
        message,
        exitCode:
          code === "BARS_NOT_WRITTEN" || code === "BARS_NOT_FETCHED" ? exitCodes.unavailable : exitCodes.badInput
      })
  )

/** A day as `2026-01-30`. */
export const dayFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withDescription(`${description}, as 2026-01-30`),
    Flag.filter(isDay, () => "a day such as 2026-01-30")
  )
