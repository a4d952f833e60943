import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { subscriptionStates } from "../kernel/instrument/subscription-record.ts"
import { marketCommands } from "../protocol/market/commands.ts"
import { type ActiveReply, pageMax, type SubscriptionMessage } from "../protocol/market/subscriptions.ts"
import { DaemonClient } from "./daemon-client.ts"
import { present } from "./invocation.ts"
import { instanceFlag, jsonFlag, serverFlag, wholeFlag } from "./terminal/flags.ts"
import { aligned, clockOf, count, folded, type Paint, paintOf, zoneOf } from "./terminal/layout.ts"
import { progress } from "./terminal/progress.ts"
import type { Screen } from "./terminal/screen.ts"

/** All pages put together. */
interface Found {
  readonly instance: string
  readonly total: number
  readonly subscriptions: ReadonlyArray<SubscriptionMessage>
}

const notesOf = ({ doubt, rejected, set_aside: aside }: SubscriptionMessage): ReadonlyArray<string> => [
  ...(aside === undefined ? [] : [`${count(aside.ticks)} set aside: ${aside.reason}`]),
  ...(doubt === undefined ? [] : [doubt]),
  ...(rejected === null
    ? []
    : [
        `rejected ${rejected.name} (${rejected.error_id}): ${rejected.message}${rejected.passing ? ", asked again later" : ""}`
      ])
]

const rowOf = (record: SubscriptionMessage, paint: Paint): ReadonlyArray<string> => [
  record.symbol,
  record.feed,
  record.rejected === null ? record.state : paint.bad(record.state),
  clockOf(record.sent_at),
  clockOf(record.acknowledged_at),
  count(record.ticks),
  clockOf(record.last_tick_at)
]

const headings = ["SYMBOL", "FEED", "STATE", "SENT", "ACKNOWLEDGED", "TICKS", "LAST TICK"]

/** How many there are in each state, in the order in which they were found. */
const countsOf = (found: Found): string => {
  const counts = new Map<string, number>()
  for (const { state } of found.subscriptions) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts].map(([state, number]) => `${state} ${count(number)}`).join("  ")
}

const render = (found: Found, screen: Screen): string => {
  const { instance, subscriptions, total } = found
  const paint = paintOf(screen)
  const times = subscriptions.map((record) => record.sent_at ?? record.last_tick_at).find((time) => time !== null)
  const zone = times === undefined || times === null ? "" : `, times ${zoneOf(times)}`
  const head = `${instance}: ${count(subscriptions.length)} of ${count(total)}  ${countsOf(found)}${zone}`.trimEnd()
  if (subscriptions.length === 0) return head
  const [first = "", ...lines] = aligned([headings, ...subscriptions.map((record) => rowOf(record, paint))], [5])
  const rows = lines.flatMap((line, at) => {
    const record = subscriptions[at]
    return [line, ...(record === undefined ? [] : notesOf(record).map((note) => folded(`  ${note}`, screen, 4)))]
  })
  return [first, ...rows, head].join("\n")
}

const nextOf = ({ subscriptions, total }: Found): string => {
  if (subscriptions.some(({ rejected }) => rejected !== null)) return "tickd subscriptions --state rejected"
  if (total === 0) return "tickd subscribe rb2701"
  return subscriptions.some(({ state }) => state === "sent") ? "tickd resubscribe SYMBOL" : "tickd health check"
}

/** Asks page by page until everything, or as many as wanted, is here. */
const ask = Effect.fnUntraced(function* (query: {
  readonly feed: Option.Option<string>
  readonly state: Option.Option<string>
  readonly limit: Option.Option<number>
}) {
  const client = yield* DaemonClient
  const bar = yield* progress("subscriptions")
  const most = Option.getOrElse(query.limit, () => Number.POSITIVE_INFINITY)
  const subscriptions: Array<SubscriptionMessage> = []
  let cursor: string | undefined
  for (;;) {
    const reply: ActiveReply = yield* client.ask(marketCommands.subscriptions, {
      limit: Math.min(pageMax, most - subscriptions.length),
      ...(Option.isSome(query.feed) && { feed: query.feed.value }),
      ...(Option.isSome(query.state) && { state: query.state.value }),
      ...(cursor !== undefined && { cursor })
    })
    for (const record of reply.subscriptions) if (typeof record !== "string") subscriptions.push(record)
    yield* bar.show(subscriptions.length, Math.min(reply.total, most))
    cursor = reply.next_cursor ?? undefined
    if (cursor === undefined || subscriptions.length >= most) {
      yield* bar.end
      return { instance: yield* client.instance, total: reply.total, subscriptions } satisfies Found
    }
  }
})

/** `tickd subscriptions`: each wanted instrument on each feed, and how far it has come. */
export const command = Command.make(
  "subscriptions",
  {
    feed: Flag.String("feed").pipe(Flag.withDescription("One feed only"), Flag.optional),
    state: Flag.Literals("state", subscriptionStates).pipe(Flag.withDescription("One state only"), Flag.optional),
    limit: wholeFlag("limit", 1, 100_000).pipe(Flag.withDescription("Show the first N (default: all)"), Flag.optional),
    json: jsonFlag,
    server: serverFlag,
    instance: instanceFlag
  },
  ({ json, ...query }) => Effect.flatMap(ask(query), (found) => present(json, found, render, nextOf))
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("Show each wanted instrument: sent, acknowledged, ticking, rejected and why")
)
