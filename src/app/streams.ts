import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, type Option } from "effect"
import { Command, Flag } from "effect/cli"
import { operatorConnection, readerConnection } from "../cli/daemon-client.ts"
import { Invocation, present } from "../cli/invocation.ts"
import { jsonFlag, serverFlag } from "../cli/terminal/flags.ts"
import { aligned, count, folded, paintOf } from "../cli/terminal/layout.ts"
import { waiting } from "../cli/terminal/progress.ts"
import type { Screen, Variables } from "../cli/terminal/screen.ts"
import { closeConnection } from "../client/connection.ts"
import { checkStream, reconcileStream } from "../market/adapters/jetstream/stream-upkeep.ts"
import { apiError } from "../market/adapters/jetstream/tick-stream.ts"
import { readConfig } from "../market/config/config.ts"
import { connectNats, type NatsConnectionOptions } from "../platform/nats/connect.ts"
import { publishRights } from "../platform/nats/publish-rights.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { isRight, replyOf, type StreamReport, type StreamsReply } from "../protocol/market/stream-report.ts"
import { type DeclaredStream, declaredStreams } from "../protocol/market/streams.ts"
import { makeTickSubjects } from "../protocol/market/subjects.ts"
import { tradingStreams } from "../protocol/trading/streams.ts"
import { readTradeConfig } from "../trading/config/trade-config.ts"

interface StreamsQuery {
  readonly server: Option.Option<string>
  /** Those of `tickd trade` instead of those of `tickd run`. */
  readonly trading: boolean
  /** Change what differs, instead of printing it. */
  readonly change: boolean
}

/** Right ones in small letters, so that the others stand out. */
const stateText = (report: StreamReport): string => {
  if (report.state === "hidden") return "not visible to this user"
  return isRight(report) ? report.state : report.state.toUpperCase()
}

const countText = (report: StreamReport): string =>
  report.state === "missing" || report.state === "hidden" || report.state === "created"
    ? ""
    : `${count(report.messages)} ${report.messages === 1 ? "message " : "messages"}`

/** Limits that, made smaller, take messages with them at once. */
const deleting: ReadonlySet<string> = new Set(["max_age", "max_bytes", "max_msgs", "max_msgs_per_subject"])

/** One line a stream, then a line for each difference: what is found, what is wanted. */
const renderStreams = (streams: ReadonlyArray<StreamReport>, screen: Screen): ReadonlyArray<string> => {
  const paint = paintOf(screen)
  const lines = aligned(
    streams.map((report) => [
      report.stream,
      isRight(report) || report.state === "hidden" ? stateText(report) : paint.bad(stateText(report)),
      countText(report)
    ]),
    [2]
  )
  return streams.flatMap((report, at) => [
    lines[at] ?? "",
    ...report.differences.map(({ field, found, wanted, fixed }) => {
      const verb = report.state === "changed" ? "was" : "is"
      return folded(
        `  ${field} ${verb} ${found}, wanted ${wanted}${fixed ? "  (cannot be changed in place)" : ""}`,
        screen,
        4
      )
    }),
    ...(report.reason === null ? [] : [folded(`  ${report.reason}`, screen, 4)])
  ])
}

const next = (reply: StreamsReply): string => {
  const open = reply.streams.filter((report) => !isRight(report) && report.state !== "hidden")
  const hidden = reply.streams.filter(({ state }) => state === "hidden").map(({ stream }) => stream)
  if (open.length === 0 && hidden.length > 0)
    return `What is visible to this user is as declared. ${hidden.join(", ")}: ask with the key of the daemon (daemon.env).`
  if (open.length === 0) return "Every stream and bucket is as declared."
  if (open.every(({ reason }) => reason !== null)) return "What differs cannot be changed in place: see above."
  const shrinks = open.some(({ differences }) => differences.some(({ field }) => deleting.has(field)))
  const warning = shrinks ? "; a limit that becomes smaller deletes what is beyond it at once" : ""
  return `'tickd streams reconcile --yes' makes it so${warning}. Or set the configuration to what is there.`
}

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

const ofMarket = Effect.fnUntraced(function* (env: Variables) {
  const { tick } = yield* readConfig({ ...env, ...noFront })
  return declaredStreams(tick, yield* Effect.fromResult(makeTickSubjects(tick.subjectTemplate)))
})

/** Streams do not depend on the venue, so that its keys need not be set here. */
const ofTrading = (env: Variables) =>
  Effect.map(readTradeConfig(env, { simulatedVenue: true }), ({ nats }) =>
    tradingStreams(nats.replicas).map((one): DeclaredStream => ({ ...one, plane: "ticks" }))
  )

const openManager = (options: NatsConnectionOptions) =>
  Effect.gen(function* () {
    const connection = yield* Effect.acquireRelease(connectNats(options), closeConnection)
    const manager = yield* Effect.tryPromise({
      try: () => jetstreamManager(connection, { checkAPI: false }),
      catch: (cause) => apiError(cause, "Opening the JetStream API")
    })
    return { manager, mayPublish: yield* publishRights(connection) }
  })

/**
 * Every stream and bucket of this configuration, each over the connection of its
 * plane, as the daemon itself would declare it.
 */
const askStreams = (query: StreamsQuery) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { env } = yield* Invocation
      const declared = query.trading ? yield* ofTrading(env) : yield* ofMarket(env)
      const ticks = yield* openManager(readerConnection(query.server, env))
      const ops = yield* openManager(operatorConnection(query.server, env))
      const streams = yield* Effect.forEach(declared, (one) => {
        const { manager, mayPublish } = one.plane === "ticks" ? ticks : ops
        return query.change ? reconcileStream(manager, one) : checkStream(manager, one, mayPublish)
      })
      return replyOf(streams)
    })
  )

/** The end of a check that did not hold. */
const streamsDiffer = ({ streams }: StreamsReply) =>
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

const show = (
  { json, server, trading }: Pick<StreamsQuery, "server" | "trading"> & { readonly json: boolean },
  change: boolean
) =>
  Effect.gen(function* () {
    const reply = yield* waiting("waiting for NATS", askStreams({ server, trading, change }))
    yield* present(json, reply, ({ streams }, screen) =>
      [...renderStreams(streams, screen), folded(next(reply), screen, 0)].join("\n")
    )
    if (!reply.ok) yield* streamsDiffer(reply)
  })
const tradingFlag = Flag.Boolean("trading").pipe(
  Flag.withDescription("The streams of 'tickd trade' instead of those of 'tickd run'"),
  Flag.withDefault(false)
)
const check = Command.make("check", { trading: tradingFlag, json: jsonFlag, server: serverFlag }, (flags) =>
  show(flags, false)
).pipe(
  Command.withDescription("Compare every stream and bucket with what this configuration declares; 1 when one differs")
)
const reconcile = Command.make(
  "reconcile",
  {
    yes: Flag.Boolean("yes").pipe(
      Flag.withDescription("Change it; without this flag it only prints what would be changed"),
      Flag.withDefault(false)
    ),
    trading: tradingFlag,
    json: jsonFlag,
    server: serverFlag
  },
  ({ yes, ...flags }) => show(flags, yes)
).pipe(
  Command.withDescription("Create what is missing and change what a server can change in place; deletes no stream")
)
/** `tickd streams check|reconcile`: what tickd declares beside what the server has. */
export const command = Command.make("streams").pipe(
  Command.withDescription(
    "The streams and buckets that tickd declares: compare them with the server, or reconcile them"
  ),
  Command.withSubcommands([check, reconcile])
)
