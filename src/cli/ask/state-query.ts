import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, Result, Schema, Stream } from "effect"
import { connectNats } from "../../platform/nats/connect.ts"
import { readBucketValue, watchBucket } from "../../platform/nats/state-watch.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { ControlErrorMessage } from "../../protocol/control/control.ts"
import { isGone, StateReply, StateSnapshot, stateKey, stateKeysOf, TreeReply } from "../../protocol/control/state.ts"
import { stateBucketName } from "../../protocol/control/stream-names.ts"
import { controlSubject } from "../../protocol/market/status.ts"
import { type DaemonQuery, renderChange, type StateQuery, type StateWatch } from "../state.ts"
import { findDaemons, requestError } from "./request-error.ts"
import { questionConnection } from "./status-query.ts"

const answerMs = 3000

/** Opens the connection of one question. Without NATS it fails with the one sentence of `NatsConnectError`. */
export const openQuestion = (server: Option.Option<string>) =>
  Effect.acquireRelease(connectNats({ ...questionConnection(server, process.env), reconnect: false }), (open) =>
    Effect.promise(() => open.close().catch(() => undefined))
  )

const unavailable = (code: string, message: string) => new UserError({ code, message, exitCode: exitCodes.unavailable })

/** The daemon that is meant: the named one, else the only one that runs. */
export const resolveInstance = Effect.fnUntraced(function* (connection: NatsConnection, query: DaemonQuery) {
  const named = Option.getOrElse(query.instance, () => process.env["TICKD_INSTANCE"])
  if (named !== undefined) return named
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

/** Refusals for what was asked; all others are for the state that the daemon is in. */
const askedWrong: ReadonlySet<string> = new Set([
  "MALFORMED_REQUEST",
  "REQUEST_TOO_LARGE",
  "TOO_MANY_SYMBOLS",
  "NOTHING_ASKED",
  "DUPLICATE_REQUEST_ID"
])
const exitOfCode = (code: string): number => {
  if (code.startsWith("UNKNOWN_") || askedWrong.has(code)) return exitCodes.badInput
  return code === "INTERNAL" ? exitCodes.gaveUp : exitCodes.unavailable
}

/** Asks a daemon for `verb`; a refusal fails with its own code and sentence. */
export const askDaemon = Effect.fnUntraced(function* <A>(
  connection: NatsConnection,
  instance: string,
  verb: string,
  request: object,
  schema: Schema.Codec<A, unknown>,
  patienceMs = answerMs
) {
  const subject = controlSubject(instance, verb)
  const payload = JSON.stringify(request)
  const text = yield* Effect.tryPromise({
    try: async () => {
      const reply = await connection.request(subject, payload, { timeout: patienceMs, noMux: true })
      return reply.string()
    },
    catch: (cause) => requestError(cause, { instance, subject, bytes: Buffer.byteLength(payload), patienceMs })
  })
  const refusal = Schema.decodeUnknownResult(Schema.fromJsonString(ControlErrorMessage))(text)
  if (Result.isSuccess(refusal)) {
    const { code, message } = refusal.success.error
    return yield* new UserError({ code, message, exitCode: exitOfCode(code) })
  }
  return yield* Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text).pipe(
    Effect.mapError(() =>
      unavailable("ANSWER_NOT_UNDERSTOOD", `${instance} answered ${subject} in a form that this version does not know.`)
    )
  )
})

/** What is left of a daemon that does not answer: its last snapshot says whether it was stopped or is gone. */
const orLastWord = (connection: NatsConnection, instance: string) => (error: UserError) =>
  error.code !== "NO_ANSWER"
    ? Effect.fail(error)
    : readBucketValue(connection, stateBucketName, stateKey(instance, "daemon")).pipe(
        Effect.orElseSucceed(() => undefined),
        Effect.flatMap((text) => {
          const last = Schema.decodeUnknownResult(Schema.fromJsonString(StateSnapshot))(text ?? "")
          if (Result.isFailure(last)) return Effect.fail(error)
          const { state, at } = last.success
          return Effect.fail(
            unavailable(
              "NO_ANSWER",
              `No daemon ${instance} answers on NATS; its last snapshot, written at ${at}, says ${state}: start it again, or read 'tickd history daemon'.`
            )
          )
        })
      )

export const askStates = (query: StateQuery) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* openQuestion(query.server)
      const instance = yield* resolveInstance(connection, query)
      const request = Option.isSome(query.actor) ? { actor: query.actor.value } : {}
      return yield* askDaemon(connection, instance, "state", request, StateReply).pipe(
        Effect.catch(orLastWord(connection, instance))
      )
    })
  )

export const askTree = (query: DaemonQuery) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* openQuestion(query.server)
      const instance = yield* resolveInstance(connection, query)
      return yield* askDaemon(connection, instance, "tree", {}, TreeReply)
    })
  )

/** `tickd state --watch`: what stands in the bucket, then every change, until the connection ends or somebody interrupts. */
export const watchStates = (query: StateWatch) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* openQuestion(query.server)
      const instance = yield* resolveInstance(connection, query)
      // An actor that does not exist would be watched for ever: the daemon knows which exist.
      if (Option.isSome(query.actor)) {
        yield* askDaemon(connection, instance, "state", { actor: query.actor.value }, StateReply)
      }
      const keys = Option.isSome(query.actor) ? stateKey(instance, query.actor.value) : stateKeysOf(instance)
      yield* watchBucket(connection, stateBucketName, keys).pipe(
        Stream.runForEach(({ text }) =>
          Effect.sync(() => {
            const snapshot = Schema.decodeUnknownResult(Schema.fromJsonString(StateSnapshot))(text)
            const readable = Result.isSuccess(snapshot) && !query.json
            const line = readable ? renderChange(snapshot.success, isGone(snapshot.success, Date.now())) : text
            process.stdout.write(`${line}\n`)
          })
        )
      )
    })
  )
