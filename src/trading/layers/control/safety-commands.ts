import { Clock, Effect } from "effect"
import type { HandlersOf } from "../../../platform/control/command-table.ts"
import { controlError, refuse } from "../../../protocol/control/control.ts"
import type { TradingCommands } from "../../../protocol/trading/commands.ts"
import { safetyJournal } from "../../application/safety/safety-journal.ts"
import { scopeText } from "../../application/safety/safety-records.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { Safety } from "../../ports/safety.ts"
import type { BreakerScope } from "../../ports/safety-state.ts"
import {
  accountWord,
  breakerMessage,
  breakerStatusMessage,
  killSwitchMessage,
  monitorMessage,
  safetyRow
} from "./safety-message.ts"
import { anyName, makePerformed, opener, safetyFailed, stateFailed, storeFailed } from "./words.ts"

const switchCommands = new Set(["engage", "disengage", "initialise"])
const breakerCommands = new Set(["trip", "reset", "initialise"])
const historyDefault = 100
/** Rows that are read to find those of one kind: a monitor's trips and an operator's commands share the journal. */
const rowsMax = 5000

const scopeOf = (request: { readonly strategy_id?: string; readonly symbol?: string }) => {
  const { strategy_id: strategyId, symbol } = request
  if (strategyId !== undefined && symbol !== undefined) {
    return refuse("MALFORMED_REQUEST", "Name strategy_id, or symbol, or neither for the account: not both.")
  }
  const scope: BreakerScope =
    strategyId !== undefined
      ? { level: "strategy", strategyId }
      : symbol !== undefined
        ? { level: "symbol", symbol }
        : { level: "account" }
  return Effect.succeed(scope)
}

type Handlers = Pick<
  HandlersOf<TradingCommands>,
  | "kill-switch-status"
  | "kill-switch-history"
  | "kill-switch-engage"
  | "kill-switch-disengage"
  | "circuit-breaker-status"
  | "circuit-breaker-history"
  | "circuit-breaker-trip"
  | "circuit-breaker-reset"
  | "initialise"
  | "flatten-text"
  | "flatten"
>

/** Kill switch, breakers and flatten over the wire. */
export const makeSafetyCommands = Effect.fnUntraced(function* (instance: string) {
  const [safety, store] = [yield* Safety, yield* OrderStore]
  const performed = makePerformed(instance)

  const history = (commands: ReadonlySet<string>) => (request: { readonly limit?: number }) =>
    store.journal(safetyJournal, rowsMax).pipe(
      Effect.mapError(storeFailed),
      Effect.map((rows) => ({
        entries: rows.flatMap(({ body }) => safetyRow(body, commands) ?? []).slice(0, request.limit ?? historyDefault),
        instance
      }))
    )

  return {
    "kill-switch-status": () => Effect.map(safety.status, ({ killSwitch }) => killSwitchMessage(killSwitch)),
    "kill-switch-history": history(switchCommands),
    "kill-switch-engage": ({ reason, scope = "entries", ...request }, id) =>
      Effect.succeed(
        safety.engage({ by: anyName(request), reason }, scope).pipe(
          safetyFailed("ALREADY_ENGAGED"),
          Effect.flatMap(({ cancelled, now }) => {
            const done = `the kill switch is engaged for ${now.scope}; cancels requested: ${cancelled.asked}`
            return Effect.map(performed(id, done), (fields) => ({
              reply: { ...killSwitchMessage(now), ...fields, cancelled },
              done
            }))
          })
        )
      ),
    "kill-switch-disengage": Effect.fnUntraced(function* ({ notes, reason, ...sender }, id) {
      const request = yield* opener({ ...sender, reason: reason ?? notes ?? "" })
      return safety.disengage(request).pipe(
        safetyFailed("NOT_ENGAGED", "REASON_TOO_SHORT", "NOT_JOURNALED"),
        Effect.flatMap((now) => {
          const done = "the kill switch is disengaged"
          return Effect.map(performed(id, done), (fields) => ({
            reply: { ...killSwitchMessage(now), ...fields },
            done
          }))
        })
      )
    }),
    "circuit-breaker-status": Effect.fnUntraced(function* () {
      const [status, nowMs] = [yield* safety.status, yield* Clock.currentTimeMillis]
      return {
        state: accountWord(status),
        breakers: status.breakers.map((one) => breakerStatusMessage(one, nowMs)),
        monitor: monitorMessage(status),
        instance
      }
    }),
    "circuit-breaker-history": history(breakerCommands),
    "circuit-breaker-trip": ({ reason, ...request }, id) =>
      Effect.map(scopeOf(request), (scope) =>
        safety.trip(scope, "MANUAL", reason, anyName(request)).pipe(
          Effect.mapError(stateFailed),
          Effect.flatMap(
            Effect.fnUntraced(function* ({ cancelled, isNew, now }) {
              const name = scopeText(scope)
              const done = isNew
                ? `the breaker ${name} is tripped; cancels requested: ${cancelled.asked}`
                : `the breaker ${name} was tripped before, by ${now.tripReason ?? "MANUAL"}`
              const message = breakerMessage(name, now, yield* Clock.currentTimeMillis, undefined)
              return { reply: { ...message, ...(yield* performed(id, done)), is_new: isNew, cancelled }, done }
            })
          )
        )
      ),
    "circuit-breaker-reset": Effect.fnUntraced(function* ({ acknowledged = false, ...request }, id) {
      const scope = yield* scopeOf(request)
      const said = yield* opener(request)
      return safety.reset(scope, { ...said, acknowledged }).pipe(
        safetyFailed("NOT_TRIPPED", "CAUSE_HOLDS", "REASON_TOO_SHORT", "NOT_JOURNALED"),
        Effect.flatMap(
          Effect.fnUntraced(function* ({ causeHolds, now }) {
            const name = scopeText(scope)
            const done = `the breaker ${name} is reset: exits only for the quiet period`
            const message = breakerMessage(name, now, yield* Clock.currentTimeMillis, causeHolds)
            return { reply: { ...message, ...(yield* performed(id, done)) }, done }
          })
        )
      )
    }),
    initialise: Effect.fnUntraced(function* (request, id) {
      const said = yield* opener(request)
      return safety.initialise(said).pipe(
        safetyFailed("ALREADY_INITIALISED", "REASON_TOO_SHORT", "NOT_JOURNALED"),
        Effect.flatMap((created) =>
          Effect.gen(function* () {
            const { breakers, killSwitch } = yield* safety.status
            const isClosed =
              ("state" in killSwitch && killSwitch.state === "engaged") || breakers[0]?.word === "TRIPPED"
            const closed = "closed, since records of an earlier time were lost: disengage and reset when that is right"
            const done = `created ${created.join(", ")}${isClosed ? `; ${closed}` : ""}`
            return { reply: { ...(yield* performed(id, done)), created }, done }
          })
        )
      )
    }),
    "flatten-text": () =>
      safety.flattenText.pipe(
        Effect.mapError(({ message }) => controlError("UNAVAILABLE", message)),
        Effect.map((confirmation) => ({ confirmation, instance }))
      ),
    flatten: Effect.fnUntraced(function* ({ confirmation, ...request }, id) {
      const said = yield* opener(request)
      return safety.flatten({ ...said, confirmation }).pipe(
        safetyFailed("ENTRIES_OPEN", "NOT_CONFIRMED", "UNAVAILABLE", "REASON_TOO_SHORT", "NOT_JOURNALED"),
        Effect.flatMap(({ cancelled, flat, lines }) => {
          const done = flat ? "every position is closed" : "positions are left: see lines"
          const sent = lines.map(({ clientOrderId, left, problem, quantity, symbol }) => ({
            symbol,
            qty: quantity,
            client_order_id: clientOrderId ?? null,
            left,
            problem
          }))
          return Effect.map(performed(id, done), (fields) => ({
            reply: { ...fields, flat, cancelled, lines: sent },
            done
          }))
        })
      )
    })
  } satisfies Handlers
})
