import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer, Option, Scope } from "effect"
import { connectNats, type NatsConnectError } from "../../platform/nats/connect.ts"
import {
  findInstances,
  type ReplyOf,
  type RequestOf,
  requestedBy,
  sendControlRequest
} from "../../platform/nats/control-request.ts"
import type { UserError } from "../../platform/process/user-error.ts"
import type { TradingSpec } from "../../protocol/trading/route.ts"
import { tradeControlSubject, tradeServiceName } from "../../protocol/trading/subjects.ts"
import type { DaemonTarget } from "../daemon/daemon-target.ts"
import { asUserError } from "../daemon/request-error.ts"
import { operatorConnection } from "../daemon-client.ts"
import { Invocation } from "../invocation.ts"

type TradeError = NatsConnectError | UserError
type Question = TradingSpec & { readonly mutating: false }
type Change = TradingSpec & { readonly mutating: true }

const answerMs = 3000
/** A reconciliation or a flatten waits for the venue. */
const commandMs = 60_000
const absentRemedy = "name it with --instance, or start it with 'npm run -s tickd -- trade'"

/** The trading daemon that is meant: the only one that runs. Market daemons are another service, and are not found. */
const findInstance = Effect.fnUntraced(function* (connection: NatsConnection) {
  const instances = yield* Effect.mapError(findInstances(connection, absentRemedy, tradeServiceName), asUserError)
  if (instances.length === 1) return instances[0] as string
  return yield* asUserError(
    instances.length === 0
      ? {
          code: "NO_ANSWER",
          message:
            "No trading daemon answers on this NATS server: start one with 'npm run -s tickd -- trade', or name another server with --server."
        }
      : {
          code: "SEVERAL_DAEMONS",
          message: `Several trading daemons answer (${instances.join(", ")}): name one with --instance.`
        }
  )
})

/** The reason that the flag gave; a verb that must have one gives the text. */
type Reason = Option.Option<string> | string
const reasonOf = (reason: Reason) =>
  typeof reason === "string" ? { reason } : Option.isSome(reason) ? { reason: reason.value } : {}

/**
 * What verbs ask of a running trading daemon. The connection opens at the first use and closes with the scope. Errors:
 * as of `DaemonClient`.
 */
export class TradeClient extends Context.Service<
  TradeClient,
  {
    readonly ask: <E extends Question>(entry: E, body: RequestOf<E>) => Effect.Effect<ReplyOf<E>, TradeError>
    /** Asks for a change: the request carries who asks and why, for the audit. */
    readonly command: <E extends Change>(
      entry: E,
      fields: Omit<RequestOf<E>, "by" | "reason">,
      reason: Reason
    ) => Effect.Effect<ReplyOf<E>, TradeError>
  }
>()("tickd/cli/TradeClient") {
  static layer(target: DaemonTarget): Layer.Layer<TradeClient, never, Invocation> {
    return Layer.effect(
      TradeClient,
      Effect.gen(function* () {
        const { env } = yield* Invocation
        const scope = yield* Effect.scope
        const operations = yield* Effect.acquireRelease(
          connectNats(operatorConnection(target.server, env)),
          (connection) => Effect.promise(() => connection.close().catch(() => undefined))
        ).pipe(Scope.provide(scope), Effect.cached)
        const named = Option.orElse(target.instance, () => Option.fromUndefinedOr(env["TICKD_INSTANCE"]))
        const instance = yield* Option.match(named, {
          onSome: (name) => Effect.as(operations, name),
          onNone: () => Effect.flatMap(operations, findInstance)
        }).pipe(Effect.cached)
        const by = requestedBy(env, "tickd cli")
        const send = Effect.fnUntraced(function* <E extends TradingSpec>(entry: E, body: object, timeoutMs: number) {
          const name = yield* instance
          const subject = tradeControlSubject(name, entry.name)
          const connection = yield* operations
          return yield* Effect.mapError(
            sendControlRequest({ connection, instance: name, subject, entry, body, timeoutMs, absentRemedy }),
            asUserError
          )
        })
        return TradeClient.of({
          ask: (entry, body) => send(entry, body, answerMs),
          command: (entry, fields, reason) => send(entry, { ...fields, ...reasonOf(reason), by }, commandMs)
        })
      })
    )
  }
}
