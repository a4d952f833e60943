import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer, Option } from "effect"
import type { NatsConnectError, NatsConnectionOptions } from "../platform/nats/connect.ts"
import { type ControlEntry, findInstances, type ReplyOf, type RequestOf } from "../platform/nats/control-request.ts"
import { connectionOf, opsIdentity, tickIdentity } from "../platform/nats/nats-settings.ts"
import type { UserError } from "../platform/process/user-error.ts"
import { controlSubject, type StatusMessage } from "../protocol/market/status.ts"
import { tradeServiceName } from "../protocol/trading/subjects.ts"
import { askStatus } from "./daemon/ask-status.ts"
import { makeControlSender, openOnce, reasonOf } from "./daemon/control-sender.ts"
import type { DaemonTarget } from "./daemon/daemon-target.ts"
import { absentRemedy, asUserError, findDaemons } from "./daemon/request-error.ts"
import { Invocation } from "./invocation.ts"
import type { Variables } from "./terminal/screen.ts"

type DaemonError = NatsConnectError | UserError

type Question = ControlEntry & { readonly mutating: false }
type Change = ControlEntry & { readonly mutating: true }

/** Milliseconds. A child may take its whole deadline to stop, and then has to start. */
const answerMs = 3000
const commandMs = 60_000

const defaultUrl = "nats://127.0.0.1:4222"

/** Server and credentials of an operator's request, from the flag or the environment. */
export const operatorConnection = (server: Option.Option<string>, env: Variables): NatsConnectionOptions => {
  const ops = opsIdentity(env)
  const url = Option.getOrElse(server, () => ops.url ?? tickIdentity(env).url ?? defaultUrl)
  return { ...connectionOf(ops, { url, name: "tickd cli" }), reconnect: false }
}

/** The same for a reader of ticks, which may be another user in another NATS account. */
export const readerConnection = (server: Option.Option<string>, env: Variables): NatsConnectionOptions => {
  const url = Option.getOrElse(server, () => tickIdentity(env).url ?? defaultUrl)
  return { ...connectionOf(tickIdentity(env), { url, name: "tickd cli" }), reconnect: false }
}

/** Trading daemons are another service, with verbs of its own. A user that may not look for them finds none. */
const findTrading = (connection: NatsConnection) =>
  Effect.orElseSucceed(findInstances(connection, absentRemedy, tradeServiceName), (): ReadonlyArray<string> => [])

/** The daemon that is meant: the named one, else the only one that runs. */
const findInstance = Effect.fnUntraced(function* (connection: NatsConnection) {
  const instances = yield* findDaemons(connection)
  if (instances.length === 1) return instances[0] as string
  const trading = instances.length === 0 ? yield* findTrading(connection) : []
  return yield* asUserError(
    instances.length === 0
      ? {
          code: "NO_ANSWER",
          message:
            trading.length === 0
              ? "No daemon answers on this NATS server: start one with 'npm run demo', or name another server with --server."
              : `No market daemon answers on this NATS server, but trading does (${trading.join(", ")}): use 'tickd trading status', or name another server with --server.`
        }
      : {
          code: "SEVERAL_DAEMONS",
          message: `Several daemons answer (${instances.join(", ")}): name one with --instance.`
        }
  )
})

/**
 * What verbs ask of a running daemon and of its NATS server. Connections open at the first use and close with the
 * scope. Errors: `NatsConnectError` without a server, else `UserError` with the daemon's code, `NO_ANSWER`,
 * `SEVERAL_DAEMONS`, `NATS_DENIED`, `REQUEST_TOO_LARGE` or `ANSWER_NOT_UNDERSTOOD`.
 */
export class DaemonClient extends Context.Service<
  DaemonClient,
  {
    /** The connection to the control plane. */
    readonly operations: Effect.Effect<NatsConnection, NatsConnectError>
    /** The connection to the stream of ticks. */
    readonly ticks: Effect.Effect<NatsConnection, NatsConnectError>
    /** Name of the daemon: `--instance`, `TICKD_INSTANCE`, else the only one that answers. */
    readonly instance: Effect.Effect<string, DaemonError>
    readonly ask: <E extends Question>(
      entry: E,
      body: RequestOf<E>,
      timeoutMs?: number
    ) => Effect.Effect<ReplyOf<E>, DaemonError>
    /** Asks for a change: the request carries who asks and why, for the audit. `waitMs` is added to the timeout. */
    readonly command: <E extends Change>(
      entry: E,
      fields: Omit<RequestOf<E>, "by" | "reason">,
      options: { readonly reason: Option.Option<string>; readonly waitMs?: number; readonly timeoutMs?: number }
    ) => Effect.Effect<ReplyOf<E>, DaemonError>
    /** Over NATS; without NATS over the telemetry port of this machine. */
    readonly status: Effect.Effect<StatusMessage, UserError>
  }
>()("tickd/cli/DaemonClient") {
  /** `variables` replace those of the environment. */
  static layer(target: DaemonTarget, variables: Variables = {}): Layer.Layer<DaemonClient, never, Invocation> {
    return Layer.effect(
      DaemonClient,
      Effect.gen(function* () {
        const env = { ...(yield* Invocation).env, ...variables }
        const { by, instance, operations, send } = yield* makeControlSender({
          operator: operatorConnection(target.server, env),
          named: target.instance,
          env,
          findInstance,
          subjectOf: controlSubject,
          absentRemedy
        })
        const ticks = yield* openOnce(readerConnection(target.server, env))
        return DaemonClient.of({
          operations,
          ticks,
          instance,
          ask: (entry, body, timeoutMs = answerMs) => send(entry, body, timeoutMs),
          command: (entry, fields, { reason, timeoutMs = commandMs, waitMs = 0 }) =>
            send(entry, { ...fields, ...reasonOf(reason), by }, timeoutMs + waitMs),
          status: askStatus({ target, env, operations })
        })
      })
    )
  }
}
