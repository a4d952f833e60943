import { readFileSync } from "node:fs"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { errorText } from "../kernel/error-text.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import { marketCommands } from "../protocol/market/commands.ts"
import { type SymbolsReply, symbolsMax, waitMsMax } from "../protocol/market/subscriptions.ts"
import { DaemonClient } from "./daemon-client.ts"
import { endWith, present } from "./invocation.ts"
import { durationFlag, instanceFlag, jsonFlag, reasonFlag, serverFlag } from "./terminal/flags.ts"
import { waiting } from "./terminal/progress.ts"

type Verb = "subscribe" | "unsubscribe" | "resubscribe"

interface SymbolsQuery {
  readonly verb: Verb
  readonly symbols: ReadonlyArray<string>
  readonly file: Option.Option<string>
  readonly feed: Option.Option<string>
  readonly waitMs: Option.Option<number>
  readonly reason: Option.Option<string>
}

const rejectedShown = 20

const render = (verb: Verb) => (reply: SymbolsReply) => {
  const lines = reply.rejected
    .slice(0, rejectedShown)
    .map(({ reason, symbol }) => `${symbol === "" ? '""' : symbol}: ${reason}`)
  if (reply.rejected_total > lines.length) lines.push(`… ${reply.rejected_total - lines.length} more`)
  const counts = `${reply.accepted.length} ${reply.waited ? "acknowledged" : "accepted"}, ${reply.rejected_total} rejected${reply.waited ? `, ${reply.pending.length} not answered yet` : ""}`
  return [...lines, `${verb}: ${counts} [audit ${reply.id}]`].join("\n")
}

const linesOf = (file: string) =>
  Effect.try({
    try: () =>
      readFileSync(file === "-" ? 0 : file, "utf8")
        .split("\n")
        .map((line) => line.replace(/#.*/, "").trim())
        .filter((line) => line !== ""),
    catch: (cause) =>
      new UserError({
        code: "SYMBOLS_UNREADABLE",
        message: `The list of symbols ${file} cannot be read (${errorText(cause)}): name a text file with one symbol a line that this user may read, or - for stdin.`,
        exitCode: exitCodes.badInput
      })
  })

const send = Effect.fnUntraced(function* ({ feed, file, reason, symbols, verb, waitMs }: SymbolsQuery) {
  const listed = Option.isSome(file) ? yield* linesOf(file.value) : []
  const all = [...symbols, ...listed]
  if (all.length === 0) {
    return yield* new UserError({
      code: "WRONG_USE",
      message: `No symbol is named: use 'tickd ${verb} rb2701 IF2612', or --file.`,
      exitCode: exitCodes.wrongUse
    })
  }
  if (all.length > symbolsMax) {
    return yield* new UserError({
      code: "TOO_MANY_SYMBOLS",
      message: `${all.length} symbols are named and ${symbolsMax} fit into one command: nothing was sent; give several commands.`,
      exitCode: exitCodes.badInput
    })
  }
  const wait = Math.round(Option.getOrElse(waitMs, () => 0))
  const fields = {
    symbols: all,
    ...(Option.isSome(feed) && { feed: feed.value }),
    ...(wait > 0 && { wait_ms: wait })
  }
  const client = yield* DaemonClient
  return yield* waiting(
    "waiting for the fronts",
    client.command(marketCommands[verb], fields, { reason, waitMs: wait })
  )
})

const waitFlag = {
  waitMs: durationFlag("wait", "How long to wait for the fronts, a minute at most (default: do not wait)", waitMsMax)
}

/** Exit code 1 when one symbol was rejected or not acknowledged. `wait`: empty for a verb that cannot wait. */
const symbolsVerb = (verb: Verb, description: string, wait: Partial<typeof waitFlag>) =>
  Command.make(
    verb,
    {
      symbols: Argument.String("symbol").pipe(
        Argument.withDescription("Instruments: rb2701 or rb2701.SHFE"),
        Argument.variadic()
      ),
      file: Flag.String("file").pipe(
        Flag.withDescription("One symbol per line, # begins a comment; - is stdin"),
        Flag.optional
      ),
      feed: Flag.String("feed").pipe(Flag.withDescription("On this feed only (default: every feed)"), Flag.optional),
      ...wait,
      reason: reasonFlag,
      json: jsonFlag,
      server: serverFlag,
      instance: instanceFlag
    },
    ({ json, waitMs = Option.none(), ...query }) =>
      Effect.gen(function* () {
        const reply = yield* send({ ...query, verb, waitMs })
        yield* present(json, reply, render(verb), () => "tickd subscriptions")
        if (reply.rejected_total + reply.pending.length > 0) yield* endWith(exitCodes.checkFailed)
      })
  ).pipe(
    Command.provide((target) => DaemonClient.layer(target)),
    Command.withDescription(description)
  )

/** `tickd subscribe`. */
export const subscribe = symbolsVerb(
  "subscribe",
  "Subscribe instruments on every feed of a running daemon. They stay subscribed over reconnects; audited",
  waitFlag
)
/** `tickd unsubscribe`. */
export const unsubscribe = symbolsVerb(
  "unsubscribe",
  "Unsubscribe instruments on every feed. The daemon does not subscribe them again; audited",
  {}
)
/** `tickd resubscribe`. */
export const resubscribe = symbolsVerb(
  "resubscribe",
  "Send the subscription of wanted instruments once more. The fronts answer it again; audited",
  waitFlag
)
