import { hostname } from "node:os"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, Result, Schema } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { type NatsConnectError, sameServer } from "../../platform/nats/connect.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { controlSubject, StatusMessage } from "../../protocol/market/status.ts"
import type { Variables } from "../terminal/screen.ts"
import type { DaemonTarget } from "./daemon-target.ts"
import { findDaemons, requestError } from "./request-error.ts"

const answerMs = 2000
const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(StatusMessage))

interface Asked {
  readonly target: DaemonTarget
  readonly env: Variables
  readonly operations: Effect.Effect<NatsConnection, NatsConnectError>
}

const overNats = Effect.fnUntraced(function* ({ env, operations, target }: Asked) {
  const connection = yield* operations
  const instances = Option.isSome(target.instance)
    ? [target.instance.value]
    : [env["TICKD_INSTANCE"] ?? hostname().replace(/[^A-Za-z0-9_-]/g, "-"), "demo"]
  const ask = Effect.fnUntraced(function* (instance: string) {
    const subject = controlSubject(instance, "status")
    const reply = yield* Effect.result(
      Effect.tryPromise({
        try: () => connection.request(subject, "", { timeout: answerMs, noMux: true }),
        catch: (cause) => requestError(cause, { instance, subject, bytes: 0, timeoutMs: answerMs })
      })
    )
    if (Result.isSuccess(reply)) return Option.some(reply.success)
    return reply.failure.code === "NO_ANSWER" ? Option.none() : yield* reply.failure
  })
  for (const instance of instances) {
    const reply = yield* ask(instance)
    if (Option.isSome(reply)) return yield* decode(reply.value.string())
  }
  // None of the usual names answers: the only daemon on this server is meant, as for the other verbs.
  if (Option.isNone(target.instance) && env["TICKD_INSTANCE"] === undefined) {
    const found = yield* findDaemons(connection)
    const [only, ...more] = found
    const reply = only !== undefined && more.length === 0 ? yield* ask(only) : Option.none()
    if (Option.isSome(reply)) return yield* decode(reply.value.string())
    instances.push(...(only === undefined ? [] : [only, ...more]))
  }
  return yield* new UserError({
    code: "NO_ANSWER",
    exitCode: exitCodes.unavailable,
    message: `No daemon ${instances.join(" or ")} answers on NATS: name it with --instance, or start it with 'npm run -s tickd -- run'.`
  })
})

const overHttp = (env: Variables) =>
  Effect.tryPromise(async () => {
    const host = env["INGEST_METRICS_HOST"] ?? "127.0.0.1"
    const port = env["INGEST_METRICS_PORT"] ?? "9100"
    const response = await fetch(`http://${host}:${port}/status`, { signal: AbortSignal.timeout(answerMs) })
    return await response.text()
  }).pipe(Effect.flatMap(decode))

const failed = (first: unknown, more: string) =>
  new UserError({
    code: first instanceof UserError ? first.code : "NO_ANSWER",
    exitCode: first instanceof UserError ? first.exitCode : exitCodes.unavailable,
    message: `${errorText(first)} ${more}`
  })

/**
 * Whether the telemetry port answers for another daemon than the one that is meant. A server or a name that was given
 * means that one only: the status of another daemon would be taken for its own.
 */
const otherThanMeant = ({ env, target }: Asked, { broker, instance }: StatusMessage): string | undefined => {
  const meant = Option.getOrElse(target.instance, () => env["TICKD_INSTANCE"])
  if (meant !== undefined && meant !== instance) {
    return `The telemetry port of this machine answers for ${instance}, not ${meant}: leave --instance and TICKD_INSTANCE out to see that one.`
  }
  return Option.isSome(target.server) && !sameServer(target.server.value, broker.url)
    ? `The telemetry port of this machine answers for ${instance}, whose NATS server is ${broker.url}: leave --server out to see that one.`
    : undefined
}

/**
 * Status over NATS. When NATS is away, which is when an operator needs it most, over the telemetry port of this
 * machine.
 */
export const askStatus = (asked: Asked): Effect.Effect<StatusMessage, UserError> =>
  overNats(asked).pipe(
    Effect.catch((first) =>
      Option.isSome(asked.target.instance) && first instanceof UserError
        ? Effect.fail(first)
        : overHttp(asked.env).pipe(
            Effect.mapError(() => failed(first, "Nor does a telemetry port answer on this machine.")),
            Effect.flatMap((status) => {
              const other = otherThanMeant(asked, status)
              return other === undefined ? Effect.succeed(status) : Effect.fail(failed(first, other))
            })
          )
    )
  )
