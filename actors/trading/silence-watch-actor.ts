import { Cause, Effect } from "effect"
import { makeSilenceWatch } from "../../src/trading/application/safety/silence-watch.ts"
import type { SafetySettings } from "../../src/trading/domain/safety/safety-settings.ts"

/** Looks at the monitor again and again, as a child beside it: a trip that cannot be written is tried at each look. */
export const runSilenceWatch = Effect.fnUntraced(function* (
  settings: Pick<SafetySettings, "monitorSilentMs" | "monitorStartMs" | "lookEveryMs">,
  ready: Effect.Effect<void>
) {
  const look = yield* makeSilenceWatch(settings)
  yield* ready
  while (true) {
    yield* look.pipe(
      Effect.catchCause((cause) =>
        Effect.logWarning(`the silence of the monitor could not be written: ${Cause.pretty(cause)}`).pipe(
          Effect.annotateLogs({ event: "silence_not_written" })
        )
      )
    )
    yield* Effect.sleep(settings.lookEveryMs)
  }
})
