import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { subscriptionStates } from "../kernel/instrument/subscription-record.ts"
import { type SubscriptionMessage, type SymbolsReply, waitMsMax } from "../protocol/market/subscriptions.ts"
import { reasonFlag } from "./commands.ts"
import type { DaemonQuery } from "./state.ts"
import { durationFlag, instanceFlag, jsonFlag, serverFlag, wholeFlag } from "./terminal/flags.ts"

export interface SubscriptionsQuery extends DaemonQuery {
  readonly feed: Option.Option<string>
  readonly state: Option.Option<string>
  readonly limit: Option.Option<number>
}

/** All pages put together. */
export interface SubscriptionsFound {
  readonly instance: string
  readonly total: number
  readonly subscriptions: ReadonlyArray<SubscriptionMessage>
}

export interface SymbolsQuery extends DaemonQuery {
  readonly verb: "subscribe" | "unsubscribe" | "resubscribe"
  readonly symbols: ReadonlyArray<string>
  readonly file: Option.Option<string>
  readonly feed: Option.Option<string>
  readonly waitMs: Option.Option<number>
  readonly reason: Option.Option<string>
}

const clock = (iso: string | null): string => (iso === null ? "-" : iso.slice(11, 23))

const renderRecord = (record: SubscriptionMessage): string =>
  [
    record.symbol.padEnd(22),
    record.feed.padEnd(8),
    record.state.padEnd(12),
    `sent ${clock(record.sent_at)}`,
    `acknowledged ${clock(record.acknowledged_at)}`,
    `ticks ${record.ticks}`,
    `last ${clock(record.last_tick_at)}`,
    record.set_aside === undefined ? "" : `${record.set_aside.ticks} set aside: ${record.set_aside.reason}`,
    record.doubt ?? "",
    record.rejected === null
      ? ""
      : `rejected ${record.rejected.name} (${record.rejected.error_id}): ${record.rejected.message}${record.rejected.passing ? ", asked again later" : ""}`
  ]
    .filter((part) => part !== "")
    .join("  ")

/** How many there are in each state, most of the way first. */
const renderCounts = (found: SubscriptionsFound): string => {
  const counts = new Map<string, number>()
  for (const { state } of found.subscriptions) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts].map(([state, count]) => `${state} ${count.toLocaleString("en-US")}`).join("  ")
}

/** `tickd subscriptions`: each wanted instrument on each feed, and how far it has come. */
export const subscriptionsCommand = <E, R>(
  ask: (query: SubscriptionsQuery) => Effect.Effect<SubscriptionsFound, E, R>
) =>
  Command.make(
    "subscriptions",
    {
      feed: Flag.String("feed").pipe(Flag.withDescription("One feed only"), Flag.optional),
      state: Flag.Literals("state", subscriptionStates).pipe(Flag.withDescription("One state only"), Flag.optional),
      limit: wholeFlag("limit", 1, 100_000).pipe(Flag.withDescription("Show the first N (all)"), Flag.optional),
      json: jsonFlag,
      server: serverFlag,
      instance: instanceFlag
    },
    ({ json, ...query }) =>
      Effect.flatMap(ask(query), (found) => {
        if (json) return Console.log(JSON.stringify(found))
        const head =
          `${found.instance}: ${found.subscriptions.length} of ${found.total}  ${renderCounts(found)}`.trimEnd()
        return Console.log([...found.subscriptions.map(renderRecord), head].join("\n"))
      })
  ).pipe(Command.withDescription("Show each wanted instrument: asked for, acknowledged, ticking, rejected and why"))

const rejectedShown = 20

const renderReply = (verb: SymbolsQuery["verb"], reply: SymbolsReply): string => {
  const lines = reply.rejected
    .slice(0, rejectedShown)
    .map(({ reason, symbol }) => `${symbol === "" ? '""' : symbol}: ${reason}`)
  if (reply.rejected_total > lines.length) lines.push(`… ${reply.rejected_total - lines.length} more`)
  const counts = `${reply.accepted.length} ${reply.waited ? "acknowledged" : "accepted"}, ${reply.rejected_total} rejected${reply.waited ? `, ${reply.pending.length} not answered yet` : ""}`
  return [...lines, `${verb}: ${counts} [audit ${reply.id}]`].join("\n")
}

const descriptions = {
  subscribe: "Want instruments on every feed of a running daemon, from now on and over reconnects; audited",
  unsubscribe: "No longer want instruments: the fronts are told, and nothing asks for them again; audited",
  resubscribe: "Ask the fronts of a running daemon once more for wanted instruments; audited"
} as const

/** `tickd subscribe`, `unsubscribe`, `resubscribe`. Exit code 1 when one symbol was not taken or not answered. */
export const symbolsCommand = <E, R>(
  verb: SymbolsQuery["verb"],
  send: (query: SymbolsQuery) => Effect.Effect<SymbolsReply, E, R>,
  onIncomplete: Effect.Effect<void>
) =>
  Command.make(
    verb,
    {
      symbols: Argument.String("symbol").pipe(
        Argument.withDescription("Instruments: rb2701 or rb2701.SHFE"),
        Argument.variadic()
      ),
      file: Flag.String("file").pipe(
        Flag.withDescription("One symbol a line, # begins a comment; - is stdin"),
        Flag.optional
      ),
      feed: Flag.String("feed").pipe(Flag.withDescription("Of this feed only (every feed)"), Flag.optional),
      waitMs: durationFlag("wait", "Wait so long for the fronts' answers, a minute at most (do not wait)", waitMsMax),
      reason: reasonFlag,
      json: jsonFlag,
      server: serverFlag,
      instance: instanceFlag
    },
    ({ json, ...query }) =>
      Effect.flatMap(send({ ...query, verb }), (reply) =>
        Effect.andThen(
          Console.log(json ? JSON.stringify(reply) : renderReply(verb, reply)),
          reply.rejected_total + reply.pending.length > 0 ? onIncomplete : Effect.void
        )
      )
  ).pipe(Command.withDescription(descriptions[verb]))
