import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, Scope } from "effect"
import { connectNats, type NatsConnectError, type NatsConnectionOptions } from "../../platform/nats/connect.ts"
import { type ControlEntry, requestedBy, sendControlRequest } from "../../platform/nats/control-request.ts"
import type { UserError } from "../../platform/process/user-error.ts"
import type { Variables } from "../terminal/screen.ts"
import { asUserError } from "./request-error.ts"

/** A connection that opens at its first use and closes with the scope. */
export const openOnce = Effect.fnUntraced(function* (options: NatsConnectionOptions) {
  const scope = yield* Effect.scope
  return yield* Effect.acquireRelease(connectNats(options), (connection) =>
    Effect.promise(() => connection.close().catch(() => undefined))
  ).pipe(Scope.provide(scope), Effect.cached)
})

/**
 * Sends requests to one daemon over the connection of an operator. `findInstance` looks for the daemon where neither
 * `--instance` nor `TICKD_INSTANCE` names it; it runs once.
 */
export const makeControlSender = Effect.fnUntraced(function* (options: {
  readonly operator: NatsConnectionOptions
  readonly named: Option.Option<string>
  readonly env: Variables
  readonly findInstance: (connection: NatsConnection) => Effect.Effect<string, UserError>
  readonly subjectOf: (instance: string, verb: string) => string
  /** What helps when the daemon does not answer. */
  readonly absentRemedy: string
}) {
  const { absentRemedy, env, findInstance, named, subjectOf } = options
  const operations = yield* openOnce(options.operator)
  const instance: Effect.Effect<string, NatsConnectError | UserError> = yield* Option.match(
    Option.orElse(named, () => Option.fromUndefinedOr(env["TICKD_INSTANCE"])),
    {
      onSome: (name) => Effect.as(operations, name),
      onNone: () => Effect.flatMap(operations, findInstance)
    }
  ).pipe(Effect.cached)
  const send = Effect.fnUntraced(function* <E extends ControlEntry>(entry: E, body: object, timeoutMs: number) {
    const name = yield* instance
    const subject = subjectOf(name, entry.name)
    const connection = yield* operations
    return yield* Effect.mapError(
      sendControlRequest({ connection, instance: name, subject, entry, body, timeoutMs, absentRemedy }),
      asUserError
    )
  })
  return { operations, instance, send, by: requestedBy(env, "tickd cli") }
})

/** The reason that a flag gave, as the field of a command. */
export const reasonOf = (reason: Option.Option<string>) => (Option.isSome(reason) ? { reason: reason.value } : {})
