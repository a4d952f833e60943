import { Console, Effect, Option, Result, Schema, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { readBucketValue, watchBucket } from "../platform/nats/state-watch.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { isGone, type StateReply, StateSnapshot, stateKey, stateKeysOf } from "../protocol/control/state.ts"
import { stateBucketName } from "../protocol/control/stream-names.ts"
import { marketCommands } from "../protocol/market/commands.ts"
import { DaemonClient } from "./daemon-client.ts"
import { present, untilStopped } from "./invocation.ts"
import { eventName } from "./terminal/event-name.ts"
import { instanceFlag, jsonFlag, serverFlag } from "./terminal/flags.ts"
import { aligned, folded, timeOf } from "./terminal/layout.ts"
import type { Screen } from "./terminal/screen.ts"

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/** What the context says; what is empty, zero or absent is left out. */
const contextText = (context: Readonly<Record<string, unknown>>): string =>
  Object.entries(context)
    .filter(([, value]) => value !== null && value !== 0 && value !== "" && value !== false)
    .filter(([, value]) => !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name} ${textOf(value)}`)
    .join("  ")

const headings = ["MACHINE", "STATE", "SINCE", "LAST EVENT", "STEPS", "RESTARTS"]

/** One machine a line, its context below it. */
export const renderStates = ({ actors, at, instance }: StateReply, screen: Screen): string => {
  const lines = aligned(
    [
      headings,
      ...actors.map((snapshot) => [
        snapshot.actor,
        snapshot.state,
        `${snapshot.since.slice(5, 10)} ${snapshot.since.slice(11, 19)}`,
        eventName(snapshot.last_event),
        String(snapshot.transitions),
        String(snapshot.restarts)
      ])
    ],
    [4, 5]
  )
  return [
    `${instance} at ${timeOf(at)}`,
    ...lines.flatMap((line, row) => {
      const context = contextText(actors[row - 1]?.context ?? {})
      return context === "" ? [line] : [line, folded(`  ${context}`, screen, 4)]
    })
  ].join("\n")
}

/** One change of a watched machine on one line; `gone`: its daemon has not renewed it for minutes. */
const renderChange = (snapshot: StateSnapshot, gone: boolean): string =>
  `${timeOf(snapshot.at)}  ${snapshot.actor.padEnd(16)}  ${(gone ? `gone (${snapshot.state})` : snapshot.state).padEnd(17)}  ${eventName(snapshot.last_event)}  ${contextText(snapshot.context)}`.trimEnd()

const decodeSnapshot = Schema.decodeUnknownResult(Schema.fromJsonString(StateSnapshot))

/** What is left of a daemon that does not answer: its last snapshot says whether it was stopped or is gone. */
const lastSnapshot = (error: UserError) =>
  Effect.gen(function* () {
    const client = yield* DaemonClient
    const instance = yield* client.instance
    const text = yield* readBucketValue(yield* client.operations, stateBucketName, stateKey(instance, "daemon")).pipe(
      Effect.orElseSucceed(() => undefined)
    )
    const last = decodeSnapshot(text ?? "")
    if (Result.isFailure(last)) return yield* error
    const { at, state } = last.success
    return yield* new UserError({
      code: "NO_ANSWER",
      exitCode: exitCodes.unavailable,
      message: `No daemon ${instance} answers on NATS; its last snapshot, written at ${at}, says ${state}: start it again, or read 'tickd history daemon'.`
    })
  })

/** What stands in the bucket, then every change, until the connection ends or the process is asked to stop. */
const watch = Effect.fnUntraced(function* (actor: Option.Option<string>, json: boolean) {
  const client = yield* DaemonClient
  const instance = yield* client.instance
  // A machine that does not exist would be watched for ever: the daemon knows which exist.
  if (Option.isSome(actor)) yield* client.ask(marketCommands.state, { actor: actor.value })
  const keys = Option.isSome(actor) ? stateKey(instance, actor.value) : stateKeysOf(instance)
  yield* watchBucket(yield* client.operations, stateBucketName, keys).pipe(
    Stream.runForEach(({ text }) => {
      const snapshot = decodeSnapshot(text)
      const isReadable = Result.isSuccess(snapshot) && !json
      return Console.log(isReadable ? renderChange(snapshot.success, isGone(snapshot.success, Date.now())) : text)
    })
  )
})

/** `tickd state`: the machines of a running daemon. */
export const command = Command.make(
  "state",
  {
    actor: Argument.String("actor").pipe(
      Argument.withDescription("Machine, e.g. session-primary (default: all)"),
      Argument.optional
    ),
    json: jsonFlag,
    watch: Flag.Boolean("watch").pipe(
      Flag.withDescription("Keep running and print each change, one per line; ends with Ctrl-C"),
      Flag.withDefault(false)
    ),
    server: serverFlag,
    instance: instanceFlag
  },
  ({ actor, json, watch: goesOn }) =>
    Effect.gen(function* () {
      if (goesOn) return yield* untilStopped(watch(actor, json))
      const client = yield* DaemonClient
      const reply = yield* client
        .ask(marketCommands.state, Option.isSome(actor) ? { actor: actor.value } : {})
        .pipe(
          Effect.catch((error) => (error.code === "NO_ANSWER" ? lastSnapshot(error as UserError) : Effect.fail(error)))
        )
      yield* present(
        json,
        Option.isSome(actor) && json ? reply.actors[0] : reply,
        (_, screen) => renderStates(reply, screen),
        () => (Option.isSome(actor) ? `tickd history ${actor.value} --since 1h` : "tickd state session-primary --watch")
      )
    })
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("Show where each state machine stands, since when and why")
)
