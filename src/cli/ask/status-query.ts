import { hostname } from "node:os"
import { Effect, Option, Result, Schema } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { connectNats, sameServer } from "../../platform/nats/connect.ts"
import { connectionOf, opsIdentity, tickIdentity } from "../../platform/nats/nats-settings.ts"
import { UserError } from "../../platform/process/user-error.ts"
import { controlSubject, StatusMessage } from "../../protocol/market/status.ts"
import type { StatusQuery } from "../status.ts"
import { findDaemons, requestError } from "./request-error.ts"

const answerMs = 2000
const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(StatusMessage))

/** Server and credentials of an operator's question, from the flag or the environment. */
export const questionConnection = (server: Option.Option<string>, env: NodeJS.ProcessEnv) => {
  const ops = opsIdentity(env)
  return connectionOf(ops, {
    url: Option.getOrElse(server, () => ops.url ?? tickIdentity(env).url ?? "nats://127.0.0.1:4222"),
    name: "tickd cli"
  })
}

/** The same for somebody who reads ticks, which may be another user in another account. */
export const readerConnection = (server: Option.Option<string>, env: NodeJS.ProcessEnv) =>
  connectionOf(tickIdentity(env), {
    url: Option.getOrElse(server, () => tickIdentity(env).url ?? "nats://127.0.0.1:4222"),
    name: "tickd cli"
  })

const overNats = (query: StatusQuery, env: NodeJS.ProcessEnv) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* Effect.acquireRelease(
        connectNats({ ...questionConnection(query.server, env), reconnect: false }),
        (open) => Effect.promise(() => open.close())
      )
      const instances = Option.isSome(query.instance)
        ? [query.instance.value]
        : [env["TICKD_INSTANCE"] ?? hostname().replace(/[^A-Za-z0-9_-]/g, "-"), "demo"]
      const ask = Effect.fnUntraced(function* (instance: string) {
        const subject = controlSubject(instance, "status")
        const reply = yield* Effect.result(
          Effect.tryPromise({
            try: () => connection.request(subject, "", { timeout: answerMs, noMux: true }),
            catch: (cause) => requestError(cause, { instance, subject, bytes: 0, patienceMs: answerMs })
          })
        )
        if (Result.isSuccess(reply)) return Option.some(reply.success)
        return reply.failure.code === "NO_ANSWER" ? Option.none() : yield* reply.failure
      })
      for (const instance of instances) {
        const reply = yield* ask(instance)
        if (Option.isSome(reply)) return yield* decode(reply.value.string())
      }
      // None of the usual names: the only daemon that there is, is meant, as for the other verbs.
      if (Option.isNone(query.instance) && env["TICKD_INSTANCE"] === undefined) {
        const found = yield* findDaemons(connection)
        const [only, ...more] = new Set(found.map(({ metadata }) => metadata["instance"] ?? ""))
        const reply = only !== undefined && more.length === 0 ? yield* ask(only) : Option.none()
        if (Option.isSome(reply)) return yield* decode(reply.value.string())
        instances.push(...(only === undefined ? [] : [only, ...more]))
      }
      return yield* new UserError({
        code: "NO_ANSWER",
        exitCode: 69,
        message: `No daemon ${instances.join(" or ")} answers on NATS: name it with --instance, or start it with 'npm run -s tickd -- run'.`
      })
    })
  )

const overHttp = (env: NodeJS.ProcessEnv) =>
  Effect.tryPromise(async () => {
    const host = env["INGEST_METRICS_HOST"] ?? "127.0.0.1"
    const port = env["INGEST_METRICS_PORT"] ?? "9100"
    const response = await fetch(`http://${host}:${port}/status`, { signal: AbortSignal.timeout(2000) })
    return await response.text()
  }).pipe(Effect.flatMap(decode))

const failed = (first: unknown, more: string) =>
  new UserError({
    code: first instanceof UserError ? first.code : "NO_ANSWER",
    exitCode: first instanceof UserError ? first.exitCode : 69,
    message: `${errorText(first)} ${more}`
  })

/**
 * Whether the daemon of the telemetry port is the one that was asked for. A server or a name that was given means that one
 * only: the status of another daemon would be taken for its own.
 */
const otherThanAsked = (
  query: StatusQuery,
  env: NodeJS.ProcessEnv,
  { broker, instance }: StatusMessage
): string | undefined => {
  const asked = Option.getOrElse(query.instance, () => env["TICKD_INSTANCE"])
  if (asked !== undefined && asked !== instance) {
    return `The telemetry port of this machine answers for ${instance}, not ${asked}: leave --instance and TICKD_INSTANCE out to see that one.`
  }
  return Option.isSome(query.server) && !sameServer(query.server.value, broker.url)
    ? `The telemetry port of this machine answers for ${instance}, whose NATS server is ${broker.url}: leave --server out to see that one.`
    : undefined
}

/** Asks over NATS; when the broker is away, which is when an operator asks most, over the telemetry port of this machine. */
export const askStatus = (query: StatusQuery) =>
  overNats(query, process.env).pipe(
    Effect.catch((first) =>
      Option.isSome(query.instance) && first instanceof UserError
        ? Effect.fail(first)
        : overHttp(process.env).pipe(
            Effect.mapError(() => failed(first, "Nor does a telemetry port answer on this machine.")),
            Effect.flatMap((status) => {
              const other = otherThanAsked(query, process.env, status)
              return other === undefined ? Effect.succeed(status) : Effect.fail(failed(first, other))
            })
          )
    )
  )
