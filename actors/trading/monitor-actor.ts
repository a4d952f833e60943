import { Cause, Effect } from "effect"
import { errorText } from "../../src/kernel/error-text.ts"
import { makeMonitor } from "../../src/trading/application/safety/monitor.ts"
import type { MonitorLimits } from "../../src/trading/domain/safety/monitor.ts"
import type { SafetySettings } from "../../src/trading/domain/safety/safety-settings.ts"
import { OrderStoreError } from "../../src/trading/ports/order-store.ts"
import { type MonitorRun, SafetyStateError } from "../../src/trading/ports/safety-state.ts"

/** A look that takes longer is given up: its source does not answer, and the silence closes the gate. */
const lookMs = 2000
/** A monitor that sees nothing is started anew by its supervisor. */
const failuresMax = 20

/**
 * Looks at the account again and again, as a child of the trading tree. A failed look gives no sign of life: the next
 * one comes at its time, and the gate closes meanwhile.
 */
export const runMonitor = Effect.fnUntraced(function* (
  options: {
    readonly limits: () => MonitorLimits
    readonly settings: Pick<SafetySettings, "cancel" | "lookEveryMs">
    readonly run: Omit<MonitorRun, "look">
  },
  ready: Effect.Effect<void>
) {
  const look = yield* makeMonitor(options)
  yield* ready
  for (let failures = 0; ; ) {
    failures = yield* look.pipe(
      Effect.timeout(lookMs),
      Effect.as(0),
      Effect.catchCause((cause) => {
        const error = Cause.squash(cause)
        // A start anew cures neither a book that does not answer nor states that no operator has created.
        const isOutside =
          error instanceof OrderStoreError || (error instanceof SafetyStateError && error.reason === "missing")
        if (failures + 1 >= failuresMax && !isOutside) return Effect.failCause(cause)
        const warning = Effect.logWarning(`the monitor could not see everything: ${errorText(error)}`).pipe(
          Effect.annotateLogs({ event: "monitor_blind" })
        )
        return Effect.as(failures > 0 ? Effect.void : warning, failures + 1)
      })
    )
    yield* Effect.sleep(options.settings.lookEveryMs)
  }
})
