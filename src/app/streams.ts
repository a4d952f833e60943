import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { questionConnection, readerConnection } from "../cli/ask/status-query.ts"
import type { StreamsQuery } from "../cli/streams.ts"
import { closeConnection } from "../client/connection.ts"
import { checkStream, reconcileStream } from "../market/adapters/jetstream/stream-upkeep.ts"
import { apiError } from "../market/adapters/jetstream/tick-stream.ts"
import { readConfig } from "../market/config/config.ts"
import { connectNats, type NatsConnectionOptions } from "../platform/nats/connect.ts"
import { publishRights } from "../platform/nats/publish-rights.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { isRight, replyOf, type StreamsReply } from "../protocol/market/stream-report.ts"
import { declaredStreams } from "../protocol/market/streams.ts"
import { makeTickSubjects } from "../protocol/market/subjects.ts"

/** Streams do not depend on the front, so its variables need not be set here, and nothing of them is read. */
const noFront = {
  CTP_MD_LIBRARY: "none",
  CTP_PRIMARY_MD_ADDRESS: "none:1",
  CTP_PRIMARY_BROKER_ID: "none",
  CTP_PRIMARY_USER_ID: "none",
  CTP_PRIMARY_PASSWORD: "none",
  CTP_PRIMARY_PASSWORD_FILE: undefined,
  CTP_PASSWORD_FILE: undefined
}

const openManager = (options: NatsConnectionOptions) =>
  Effect.gen(function* () {
    const connection = yield* Effect.acquireRelease(connectNats({ ...options, reconnect: false }), closeConnection)
    const manager = yield* Effect.tryPromise({
      try: () => jetstreamManager(connection, { checkAPI: false }),
      catch: (cause) => apiError(cause, "Opening the JetStream API")
    })
    return { manager, mayPublish: yield* publishRights(connection) }
  })

/**
 * `tickd streams check` and `reconcile`: every stream and bucket of this configuration, each over the connection of its
 * plane, as the daemon itself would declare it.
 */
export const askStreams = (query: StreamsQuery) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { tick } = yield* readConfig({ ...process.env, ...noFront })
      const subjects = yield* Effect.fromResult(makeTickSubjects(tick.subjectTemplate))
      const ticks = yield* openManager(readerConnection(query.server, process.env))
      const ops = yield* openManager(questionConnection(query.server, process.env))
      const streams = yield* Effect.forEach(declaredStreams(tick, subjects), (declared) => {
        const { manager, mayPublish } = declared.plane === "ticks" ? ticks : ops
        return query.change ? reconcileStream(manager, declared) : checkStream(manager, declared, mayPublish)
      })
      return replyOf(streams)
    })
  )

/** The end of a check that did not hold. */
export const streamsDiffer = ({ streams }: StreamsReply) =>
  Effect.fail(
    new UserError({
      code: "STREAMS_DIFFER",
      exitCode: exitCodes.checkFailed,
      message: `${streams
        .filter((report) => !isRight(report))
        .map(({ stream, state }) => `${stream} ${state === "hidden" ? "not visible to this user" : state}`)
        .join(", ")}: see above.`
    })
  )
