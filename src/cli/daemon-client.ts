import { hostname, userInfo } from "node:os"
import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer, Option, Result, Schema, Scope } from "effect"
import { connectNats, type NatsConnectError, type NatsConnectionOptions } from "../platform/nats/connect.ts"
import { connectionOf, opsIdentity, tickIdentity } from "../platform/nats/nats-settings.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import type { RequestedBy } from "../protocol/control/command.ts"
import type { RequestSchema } from "../protocol/control/command-spec.ts"
import { ControlErrorMessage } from "../protocol/control/control.ts"
import { controlSubject, type StatusMessage } from "../protocol/market/status.ts"
import { askStatus } from "./daemon/ask-status.ts"
import type { DaemonTarget } from "./daemon/daemon-target.ts"
import { findDaemons, requestError } from "./daemon/request-error.ts"
import { Invocation } from "./invocation.ts"
import type { Variables } from "./terminal/screen.ts"

type DaemonError = NatsConnectError | UserError

/** An entry of a daemon's command table, such as `marketCommands.tree`. */
interface Entry {
  readonly name: string
  readonly request: RequestSchema
  readonly reply: Schema.Top
}
type Question = Entry & { readonly mutating: false }
type Change = Entry & { readonly mutating: true }
type RequestOf<E extends Entry> = E["request"]["Type"]
type ReplyOf<E extends Entry> = E["reply"]["Type"]

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

/** Refusals because of the request; all others are because of the daemon's state. */
const wrongRequest: ReadonlySet<string> = new Set([
  "MALFORMED_REQUEST",
  "REQUEST_TOO_LARGE",
  "TOO_MANY_SYMBOLS",
  "NOTHING_ASKED",
  "DUPLICATE_REQUEST_ID"
])
const exitOfCode = (code: string): number => {
  if (code.startsWith("UNKNOWN_") || wrongRequest.has(code)) return exitCodes.badInput
  return code === "INTERNAL" ? exitCodes.gaveUp : exitCodes.unavailable
}

const unavailable = (code: string, message: string) => new UserError({ code, message, exitCode: exitCodes.unavailable })

/** The daemon that is meant: the named one, else the only one that runs. */
const findInstance = Effect.fnUntraced(function* (connection: NatsConnection) {
  const found = yield* findDaemons(connection)
  const instances = [...new Set(found.map(({ metadata }) => metadata["instance"] ?? ""))].sort()
  if (instances.length === 1) return instances[0] as string
  return yield* instances.length === 0
    ? unavailable(
        "NO_ANSWER",
        "No daemon answers on this NATS server: start one with 'npm run demo', or name another server with --server."
      )
    : new UserError({
        code: "SEVERAL_DAEMONS",
        message: `Several daemons answer (${instances.join(", ")}): name one with --instance.`,
        exitCode: exitCodes.wrongUse
      })
})

/** Sends one request and decodes its reply; a refusal fails with the daemon's own code and sentence. */
const request = Effect.fnUntraced(function* <E extends Entry>(options: {
  readonly connection: NatsConnection
  readonly instance: string
  readonly entry: E
  readonly body: object
  readonly timeoutMs: number
}): Effect.fn.Return<ReplyOf<E>, UserError> {
  const { connection, entry, instance, timeoutMs } = options
  const subject = controlSubject(instance, entry.name)
  const payload = JSON.stringify(options.body)
  const text = yield* Effect.tryPromise({
    try: async () => {
      const reply = await connection.request(subject, payload, { timeout: timeoutMs, noMux: true })
      return reply.string()
    },
    catch: (cause) => requestError(cause, { instance, subject, bytes: Buffer.byteLength(payload), timeoutMs })
  })
  const refusal = Schema.decodeUnknownResult(Schema.fromJsonString(ControlErrorMessage))(text)
  if (Result.isSuccess(refusal)) {
    const { code, message } = refusal.success.error
    return yield* new UserError({ code, message, exitCode: exitOfCode(code) })
  }
  return yield* Schema.decodeUnknownEffect(Schema.fromJsonString(entry.reply as Schema.Codec<ReplyOf<E>, unknown>))(
    text
  ).pipe(
    Effect.mapError(() =>
      unavailable("ANSWER_NOT_UNDERSTOOD", `${instance} answered ${subject} in a form that this version does not know.`)
    )
  )
})

const reasonOf = (reason: Option.Option<string>) => (Option.isSome(reason) ? { reason: reason.value } : {})

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
        const scope = yield* Effect.scope
        const open = (options: NatsConnectionOptions) =>
          Effect.acquireRelease(connectNats(options), (connection) =>
            Effect.promise(() => connection.close().catch(() => undefined))
          ).pipe(Scope.provide(scope), Effect.cached)
        const operations = yield* open(operatorConnection(target.server, env))
        const ticks = yield* open(readerConnection(target.server, env))
        const named = Option.orElse(target.instance, () => Option.fromUndefinedOr(env["TICKD_INSTANCE"]))
        const instance = yield* Option.match(named, {
          onSome: (name) => Effect.as(operations, name),
          onNone: () => Effect.flatMap(operations, findInstance)
        }).pipe(Effect.cached)
        const by: RequestedBy = {
          user: (env["NATS_USER"] ?? userInfo().username).slice(0, 128),
          host: hostname().slice(0, 128),
          client: "tickd cli"
        }
        const send = Effect.fnUntraced(function* <E extends Entry>(entry: E, body: object, timeoutMs: number) {
          const name = yield* instance
          return yield* request({ connection: yield* operations, instance: name, entry, body, timeoutMs })
        })
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
