import { Console, Effect, type Option } from "effect"
import { Command, Flag } from "effect/cli"
import { isRight, type StreamReport, type StreamsReply } from "../protocol/market/stream-report.ts"
import { jsonFlag, serverFlag } from "./terminal/flags.ts"

export interface StreamsQuery {
  readonly server: Option.Option<string>
  /** Change what differs, instead of telling it. */
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
    : `${report.messages.toLocaleString("en-US")} messages`

/** Limits that, made smaller, take messages with them at once. */
const deleting: ReadonlySet<string> = new Set(["max_age", "max_bytes", "max_msgs", "max_msgs_per_subject"])

/** One line a stream, then a line for each difference: what is found, what is wanted. */
const renderStreams = ({ streams }: StreamsReply): string => {
  const width = Math.max(...streams.map(({ stream }) => stream.length))
  return streams
    .flatMap((report) => [
      `${report.stream.padEnd(width)}  ${stateText(report)}  ${countText(report)}`.trimEnd(),
      ...report.differences.map(({ field, found, wanted, fixed }) => {
        const verb = report.state === "changed" ? "was" : "is"
        return `  ${field} ${verb} ${found}, wanted ${wanted}${fixed ? "  (cannot be changed in place)" : ""}`
      }),
      ...(report.reason === null ? [] : [`  ${report.reason}`])
    ])
    .join("\n")
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

/** `tickd streams`: what tickd declares beside what the server has. `wrong` ends the verb when they are not the same. */
export const streamsCommand = <E, R, E2>(
  ask: (query: StreamsQuery) => Effect.Effect<StreamsReply, E, R>,
  wrong: (reply: StreamsReply) => Effect.Effect<void, E2>
) => {
  const show = (
    { server, json }: { readonly server: Option.Option<string>; readonly json: boolean },
    change: boolean
  ) =>
    Effect.gen(function* () {
      const reply = yield* ask({ server, change })
      yield* Console.log(json ? JSON.stringify(reply) : `${renderStreams(reply)}\n${next(reply)}`)
      if (!reply.ok) yield* wrong(reply)
    })
  const check = Command.make("check", { json: jsonFlag, server: serverFlag }, (flags) => show(flags, false)).pipe(
    Command.withDescription("Compare every stream and bucket with what this configuration declares; 1 when one differs")
  )
  const reconcile = Command.make(
    "reconcile",
    {
      yes: Flag.Boolean("yes").pipe(
        Flag.withDescription("Change it; without this flag it only prints what would be changed"),
        Flag.withDefault(false)
      ),
      json: jsonFlag,
      server: serverFlag
    },
    ({ yes, ...flags }) => show(flags, yes)
  ).pipe(
    Command.withDescription("Create what is missing and change what a server can change in place; deletes no stream")
  )
  return Command.make("streams").pipe(
    Command.withDescription(
      "The streams and buckets that tickd declares: compare them with the server, or reconcile them"
    ),
    Command.withSubcommands([check, reconcile])
  )
}
