import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer, Option } from "effect"
import type { NatsConnectError } from "../../platform/nats/connect.ts"
import { findInstances, type ReplyOf, type RequestOf } from "../../platform/nats/control-request.ts"
import type { UserError } from "../../platform/process/user-error.ts"
import type { TradingSpec } from "../../protocol/trading/route.ts"
import { tradeControlSubject, tradeServiceName } from "../../protocol/trading/subjects.ts"
import { makeControlSender, reasonOf } from "../daemon/control-sender.ts"
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
        const { by, send } = yield* makeControlSender({
          operator: operatorConnection(target.server, env),
          named: target.instance,
          env,
          findInstance,
          subjectOf: tradeControlSubject,
          absentRemedy
        })
        return TradeClient.of({
          ask: (entry, body) => send(entry, body, answerMs),
          command: (entry, fields, reason) =>
            send(
              entry,
              { ...fields, ...reasonOf(typeof reason === "string" ? Option.some(reason) : reason), by },
              commandMs
            )
        })
      })
    )
  }
}
