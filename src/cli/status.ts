import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import type { RestartMessage, StatusMessage } from "../protocol/market/status.ts"
import { DaemonClient } from "./daemon-client.ts"
import { present } from "./invocation.ts"
import { nextOf, shortTime, summaryLines } from "./status-summary.ts"
import { eventName } from "./terminal/event-name.ts"
import { instanceFlag, jsonFlag, serverFlag } from "./terminal/flags.ts"
import { aligned, count, folded, type Paint, paintOf, plain } from "./terminal/layout.ts"
import { waiting } from "./terminal/progress.ts"
import { noTerminal, type Screen } from "./terminal/screen.ts"

const pairs = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, value]) => `${name} ${count(value)}`)
    .join(", ")

/** Restarts that are shown; `--json` has them all. */
const restartsShown = 5

const ledgerText = (feed: StatusMessage["ledger"][number]): string => {
  const quarantined = feed.quarantined_total === 0 ? "" : ` (${pairs(feed.quarantined)})`
  const dropped = feed.dropped_total === 0 ? "" : ` (${pairs(feed.dropped)})`
  const spooled = (feed.spooled ?? 0) === 0 ? "" : ` + spooled ${count(feed.spooled ?? 0)}`
  return `received ${count(feed.received)} = published ${count(feed.published)} + duplicate ${count(feed.duplicate)} + quarantined ${count(feed.quarantined_total)}${quarantined} + conflated ${count(feed.conflated)} + dropped ${count(feed.dropped_total)}${dropped} + in flight ${count(feed.in_flight)}${spooled}  ${feed.balanced ? "balanced" : "DOES NOT BALANCE"}`
}

const heading = (title: string, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> =>
  rows.length === 0 ? [] : ["", ...aligned([title.split("|"), ...rows])]

/** What the summary leaves out: the ledger of each feed, logins, machines, tree, restarts. */
const detailLines = (status: StatusMessage, paint: Paint): ReadonlyArray<string> => {
  const { broker, event_loop: loop } = status
  return [
    `broker   resent ${count(broker.resent)}  errors ${count(broker.errors)}  reconnects ${count(broker.reconnects)}`,
    `queue    ${status.queue.policy === undefined ? "" : `when full: ${status.queue.policy}  `}high water ${count(status.queue.high_water)}`,
    ...(loop !== undefined && loop.stalls > 0
      ? [
          `stalls   the event loop stood still ${count(loop.stalls)} times, for ${Math.round(loop.longest_ms)} ms at most`
        ]
      : []),
    ...status.ledger.map((feed) => `ledger   ${feed.feed}: ${ledgerText(feed)}`),
    ...heading(
      "LOGIN|ACCOUNT|LIBRARY|WORKER",
      status.sessions.map(({ account, api_version: version, feed, worker_pid: pid }) => [
        feed,
        account,
        version,
        String(pid)
      ])
    ),
    ...heading(
      "MACHINE|STATE|SINCE|LAST EVENT",
      status.machines.map(({ actor, last_event: last, since, state }) => [
        actor,
        state,
        shortTime(since),
        eventName(last)
      ])
    ),
    ...heading(
      "CHILD|STATE|SINCE|RESTARTS",
      status.tree.map(({ last_reason: reason, path, restarts, since, state }) => [
        path,
        state === "running" ? state : paint.bad(state),
        shortTime(since),
        `${restarts}${reason === null ? "" : `  ${reason}`}`
      ])
    ),
    ...heading(
      "RESTART|CHILD|HOW AND WHY",
      (status.restart_history ?? [])
        .slice(-restartsShown)
        .map((restart) => [
          shortTime(restart.at),
          restart.path,
          `${restart.how}: ${restart.reason}  was ${restart.last_state}  ${countOf(restart)}  next: ${restart.next}`
        ])
    )
  ]
}

const countOf = ({ restarts, restarts_max: most, period_ms: periodMs }: RestartMessage): string =>
  most === 0 ? `restart ${restarts} in this run` : `${restarts} of ${most} in ${periodMs / 1000} s`

/** The status as an operator reads it: a summary of eight lines, and with `all` what is behind it. */
export const renderStatus = (
  status: StatusMessage,
  view: { readonly all: boolean; readonly paint: Paint; readonly screen?: Screen } = { all: false, paint: plain }
): string => {
  const details = view.all ? ["", ...detailLines(status, view.paint)] : []
  return [...summaryLines(status, view.paint), ...details]
    .map((line) => folded(line, view.screen ?? noTerminal, 9))
    .join("\n")
}

/** `tickd status`: asks the daemon over NATS, or over HTTP when NATS is away. */
export const command = Command.make(
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
  ({ all, json }) =>
    Effect.gen(function* () {
      const client = yield* DaemonClient
      const status = yield* waiting("waiting for the daemon", client.status)
      yield* present(json, status, (_, screen) => renderStatus(status, { all, paint: paintOf(screen), screen }), nextOf)
    })
).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("Show a running daemon: ready or why not, ticks, queue, broker, sessions, tree")
)
