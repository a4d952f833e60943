import { Context, type Effect, Schema } from "effect"

/** Live trading was not armed or disarmed. `message`: one sentence with the fix. */
export class ArmingRefused extends Schema.TaggedError<ArmingRefused>()("ArmingRefused", {
  code: Schema.Literals(["NOT_LIVE", "WRONG_DAY", "REASON_TOO_SHORT", "NOT_ARMED", "NOT_JOURNALED"]),
  message: Schema.String
}) {}

export interface ArmingRequest {
  readonly by: string
  readonly reason: string
}

/** `armed` holds for `today` only. `by`, `reason` and `atMs` are of the newest command, undefined for none. */
export interface ArmingStatus {
  readonly configured: "dry" | "live"
  readonly armed: boolean
  /** The trading day of an order that is sent now, `YYYY-MM-DD` in New York. */
  readonly today: string
  /** The trading day that was armed last. */
  readonly day: string | undefined
  readonly by: string | undefined
  readonly reason: string | undefined
  readonly atMs: number | undefined
}

/**
 * Live trading for one trading day. It promises: a day is armed only after its journal row is stored; a restart keeps
 * it; the next trading day is not armed; disarming holds at once, also when the row cannot be stored.
 */
export class Arming extends Context.Service<
  Arming,
  {
    readonly status: Effect.Effect<ArmingStatus>
    /** `day`: must be the present trading day, so that a repeated old command arms nothing. */
    readonly arm: (request: ArmingRequest & { readonly day: string }) => Effect.Effect<ArmingStatus, ArmingRefused>
    readonly disarm: (request: ArmingRequest) => Effect.Effect<ArmingStatus, ArmingRefused>
  }
>()("tickd/trading/Arming") {}
