import { Console, Effect, type Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { RestartMessage, StatusMessage } from "../protocol/market/status.ts"
import { eventName } from "./state.ts"
import { count, type Paint, plain, summaryLines } from "./status-summary.ts"
import { instanceFlag, jsonFlag, serverFlag } from "./terminal/flags.ts"

export interface StatusQuery {
  readonly server: Option.Option<string>
  readonly instance: Option.Option<string>
}

const pairs = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, value]) => `${name} ${count(value)}`)
    .join(", ")

/** Restarts that are shown; `--json` has them all. */
const restartsShown = 5

/** Names in a column of their own. */
const aligned = <A>(label: string, list: ReadonlyArray<A>, name: (one: A) => string, rest: (one: A) => string) => {
  const longest = Math.max(0, ...list.map((one) => name(one).length))
  return list.map((one) => `${label.padEnd(9)}${name(one).padEnd(longest)}  ${rest(one)}`)
}

const ledgerText = (feed: StatusMessage["ledger"][number]): string => {
  const quarantined = feed.quarantined_total === 0 ? "" : ` (${pairs(feed.quarantined)})`
  const dropped = feed.dropped_total === 0 ? "" : ` (${pairs(feed.dropped)})`
  const spooled = (feed.spooled ?? 0) === 0 ? "" : ` + spooled ${count(feed.spooled ?? 0)}`
  return `received ${count(feed.received)} = published ${count(feed.published)} + duplicate ${count(feed.duplicate)} + quarantined ${count(feed.quarantined_total)}${quarantined} + conflated ${count(feed.conflated)} + dropped ${count(feed.dropped_total)}${dropped} + in flight ${count(feed.in_flight)}${spooled}  ${feed.balanced ? "balanced" : "DOES NOT BALANCE"}`
}

/** What the summary leaves out: the account of each feed, machines, tree, restarts. */
const detailLines = (status: StatusMessage): ReadonlyArray<string> => {
  const { broker, event_loop: loop } = status
  return [
    `broker   resent ${count(broker.resent)}  errors ${count(broker.errors)}  reconnects ${count(broker.reconnects)}`,
    `queue    ${status.queue.policy === undefined ? "" : `when full: ${status.queue.policy}  `}high water ${count(status.queue.high_water)}`,
    ...aligned("ledger", status.ledger, ({ feed }) => `${feed}:`, ledgerText),
    ...aligned(
      "account",
      status.sessions,
      ({ feed }) => feed,
      ({ account, api_version: version, worker_pid: pid }) => `${account}  ${version}  worker ${pid}`
    ),
    ...aligned(
      "machine",
      status.machines,
      ({ actor }) => actor,
      ({ last_event: last, since, state }) => `${state} since ${since}  last event ${eventName(last)}`
    ),
    ...aligned(
      "tree",
      status.tree,
      ({ path }) => path,
      ({ last_reason: reason, restarts, since, state }) =>
        `${state} since ${since}  restarts ${restarts}${reason === null ? "" : `  ${reason}`}`
    ),
    ...(status.restart_history ?? [])
      .slice(-restartsShown)
      .map(
        (restart) =>
          `restart  ${restart.at}  ${restart.path} ${restart.how}: ${restart.reason}  was ${restart.last_state}  ${countOf(restart)}  next: ${restart.next}`
      ),
    ...(loop !== undefined && loop.stalls > 0
      ? [
          `stalls   the event loop stood still ${count(loop.stalls)} times, for ${Math.round(loop.longest_ms)} ms at most`
        ]
      : [])
  ]
}

const countOf = ({ restarts, restarts_max: most, period_ms: periodMs }: RestartMessage): string =>
  most === 0 ? `restart ${restarts} in this life` : `${restarts} of ${most} in ${periodMs / 1000} s`

/** The status as an operator reads it: a summary of eight lines, and with `all` what is behind it. */
export const renderStatus = (
  status: StatusMessage,
  view: { readonly all: boolean; readonly paint: Paint } = { all: false, paint: plain }
): string => [...summaryLines(status, view.paint), ...(view.all ? ["", ...detailLines(status)] : [])].join("\n")

/** `tickd status`: asks the daemon over NATS, or over HTTP when the broker is away. */
export const statusCommand = <E, R>(ask: (query: StatusQuery) => Effect.Effect<StatusMessage, E, R>, paint: Paint) =>
  Command.make(
    "status",
    {
      all: Flag.Boolean("all").pipe(
        Flag.withDescription("Also the ledger of each feed, machines, tree and the last restarts"),
        Flag.withDefault(false)
      ),
      json: jsonFlag,
      server: serverFlag,
      instance: instanceFlag
    },
    ({ all, json, server, instance }) =>
      Effect.flatMap(ask({ server, instance }), (status) =>
        Console.log(json ? JSON.stringify(status) : renderStatus(status, { all, paint }))
      )
  ).pipe(Command.withDescription("Show a running daemon: ready or why not, ticks, queue, broker, sessions, tree"))
