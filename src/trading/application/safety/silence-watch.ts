import { Effect, Exit } from "effect"
import { monotonicMs } from "../../../kernel/time/monotonic.ts"
import type { SafetySettings } from "../../domain/safety/safety-settings.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { Safety } from "../../ports/safety.ts"
import { SafetyState } from "../../ports/safety-state.ts"

/** A book that takes longer to answer does not answer. */
const bookMs = 1000

/**
 * One look at the monitor from outside of it. A monitor that stops while the gate can see the safety states trips the
 * account's breaker, and an operator resets it. Without the states the gate is closed anyway, and without the book
 * nothing is sent. The monitor cannot write, or cannot look: that time does not count as its silence.
 */
export const makeSilenceWatch = Effect.fnUntraced(function* (
  settings: Pick<SafetySettings, "monitorSilentMs" | "monitorStartMs">
) {
  const [state, safety, store] = [yield* SafetyState, yield* Safety, yield* OrderStore]
  const startedAtMs = yield* monotonicMs
  let seenSinceMs: number | undefined
  let silentAtMs = Number.NEGATIVE_INFINITY
  const bookAnswers = Effect.map(Effect.exit(Effect.timeout(store.outboxSize, bookMs)), Exit.isSuccess)

  return Effect.gen(function* () {
    const nowMs = yield* monotonicMs
    const account = state.view("", "").breakers[0]
    if (account === undefined || account.state === "unknown") {
      seenSinceMs = undefined
      return
    }
    const heardMs = state.monitorSilentMs()
    if ((heardMs ?? nowMs - startedAtMs) > settings.monitorSilentMs && !(yield* bookAnswers)) {
      seenSinceMs = undefined
      return
    }
    seenSinceMs ??= nowMs
    if (account.state === "tripped") return
    // A host that begins gives its monitor time to begin.
    const boundMs = heardMs === undefined ? settings.monitorStartMs : settings.monitorSilentMs
    const silentMs = Math.min(heardMs ?? nowMs - startedAtMs, nowMs - seenSinceMs)
    if (silentMs <= boundMs) {
      silentAtMs = Number.NEGATIVE_INFINITY
      return
    }
    // A program that stood still has heard nothing either: only the second look in sequence counts.
    const isSecond = nowMs - silentAtMs <= settings.monitorSilentMs
    silentAtMs = nowMs
    if (!isSecond) return
    const details = heardMs === undefined ? "no monitor has been heard" : "no monitor has finished a look"
    yield* safety.trip({ level: "account" }, "MONITOR_SILENT", `${details} for ${silentMs} ms`, "silence-watch")
  })
})
