import { Clock, Effect } from "effect"
import type { RequestedBy } from "../../../protocol/control/command.ts"
import { type ControlErrorOf, controlError, refuse } from "../../../protocol/control/control.ts"
import { reasonMin } from "../../application/safety/safety-service.ts"
import type { OrderStoreError } from "../../ports/order-store.ts"
import { SafetyRefused } from "../../ports/safety.ts"
import type { SafetyStateError } from "../../ports/safety-state.ts"

/** RFC 3339 in UTC, as everywhere in trading. */
export const utcText = (epochMs: number): string => new Date(epochMs).toISOString()
export const utcOrNull = (epochMs: number | undefined): string | null =>
  epochMs === undefined ? null : utcText(epochMs)

/** What a request says of its sender. `by` is the caller itself where it is known. */
interface Sender {
  readonly by?: RequestedBy
  readonly operator?: string
}
const nameOf = ({ by, operator }: Sender): string | undefined => by?.user ?? operator

/** The name of who closes something: it must not fail for want of a name. */
export const anyName = (request: Sender): string => nameOf(request) ?? "not given"

const operatorMissing = refuse("OPERATOR_MISSING", "operator: say who asks for this, or send 'by'.")
/** The name of who changes or opens something. */
export const ownName = (request: Sender) => {
  const name = nameOf(request)
  return name === undefined ? operatorMissing : Effect.succeed(name)
}

/** Who opens something, and why. */
export const opener = (request: Sender & { readonly reason?: string }) =>
  Effect.flatMap(ownName(request), (by) => {
    const reason = request.reason ?? ""
    return reason.trim().length >= reasonMin
      ? Effect.succeed({ by, reason })
      : refuse("REASON_TOO_SHORT", `reason: give at least ${reasonMin} characters that say why this is right now.`)
  })

export const storeFailed = ({ message }: OrderStoreError) => controlError("STORE_UNAVAILABLE", message)

const stateCodes = {
  unreachable: "STATE_UNREACHABLE",
  missing: "STATE_MISSING",
  conflict: "STATE_CONFLICT",
  unreadable: "STATE_UNREADABLE"
} as const
type StateCode = (typeof stateCodes)[keyof typeof stateCodes]

export const stateFailed = ({ message, reason }: SafetyStateError) => controlError(stateCodes[reason], message)

/** The refusals that a command of the safety states may have. Any other one is a bug, and is answered as one. */
export const safetyFailed =
  <const Code extends SafetyRefused["code"]>(...codes: ReadonlyArray<Code>) =>
  <A, E extends SafetyRefused | SafetyStateError, R>(act: Effect.Effect<A, E, R>) =>
    act.pipe(
      Effect.catch(
        (error): Effect.Effect<never, ControlErrorOf<Code | (SafetyStateError extends E ? StateCode : never)>> => {
          if (!(error instanceof SafetyRefused)) return Effect.fail(stateFailed(error as SafetyStateError)) as never
          const known = codes.find((code) => code === error.code)
          return known === undefined ? Effect.die(error) : Effect.fail(controlError(known, error.message))
        }
      )
    )

/** The fields of every answer to a command. */
export const makePerformed = (instance: string) => (id: string, done: string) =>
  Effect.map(Clock.currentTimeMillis, (nowMs) => ({
    version: 1 as const,
    instance,
    id,
    at: utcText(nowMs),
    done
  }))
