import { Effect } from "effect"
import type { HandlersOf } from "../../../platform/control/command-table.ts"
import { controlError } from "../../../protocol/control/control.ts"
import type { TradingCommands } from "../../../protocol/trading/commands.ts"
import { Arming, type ArmingStatus } from "../../ports/arming.ts"
import { anyName, makePerformed, opener, utcOrNull } from "./words.ts"

const modeFields = ({ armed, atMs, by, configured, reason, today }: ArmingStatus) => ({
  configured,
  armed,
  trading_day: today,
  armed_by: armed ? (by ?? null) : null,
  armed_at: armed ? utcOrNull(atMs) : null,
  reason: reason ?? null
})

type Handlers = Pick<HandlersOf<TradingCommands>, "mode" | "arm" | "disarm">

/** Whether orders leave, over the wire. */
export const makeModeCommands = Effect.fnUntraced(function* (instance: string) {
  const arming = yield* Arming
  const performed = makePerformed(instance)
  const changed = (id: string, done: string) => (status: ArmingStatus) =>
    Effect.map(performed(id, done), (fields) => ({ reply: { ...fields, ...modeFields(status) }, done }))

  return {
    mode: () => Effect.map(arming.status, (status) => ({ ...modeFields(status), instance })),
    arm: Effect.fnUntraced(function* ({ day, ...request }, id) {
      const said = yield* opener(request)
      return arming.arm({ ...said, day }).pipe(
        Effect.catch(({ code, message }) =>
          code === "NOT_ARMED" ? Effect.die(message) : Effect.fail(controlError(code, message))
        ),
        Effect.flatMap(changed(id, `live trading is armed for ${day}`))
      )
    }),
    disarm: ({ reason, ...request }, id) =>
      Effect.succeed(
        arming.disarm({ by: anyName(request), reason }).pipe(
          Effect.catch(({ code, message }) =>
            code === "NOT_ARMED" || code === "NOT_JOURNALED"
              ? Effect.fail(controlError(code, message))
              : Effect.die(message)
          ),
          Effect.flatMap(changed(id, "live trading is disarmed"))
        )
      )
  } satisfies Handlers
})
