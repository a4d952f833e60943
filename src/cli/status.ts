import { Console, Effect, type Option } from "effect"
import { Command } from "effect/cli"
import type { FailoverMessage } from "../protocol/failover.ts"
import type { StatusMessage } from "../protocol/status.ts"
import { instanceFlag, jsonFlag, serverFlag } from "./flags.ts"
import { eventName } from "./state.ts"

export interface StatusQuery {
  readonly server: Option.Option<string>
  readonly instance: Option.Option<string>
}

const count = (value: number) => value.toLocaleString("en-US")
const pairs = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, value]) => `${name} ${count(value)}`)
    .join(", ")

/** `  epoch 7`: which writer of the stream this daemon is; nothing from an older one. */
const epochText = ({ broker }: StatusMessage): string =>
  broker.epoch === undefined ? "" : `  epoch ${broker.epoch ?? "not taken"}`

const failoverLine = ({
  active,
  held,
  last_failback,
  last_failover,
  mode,
  required,
  state,
  switching_to
}: FailoverMessage) => {
  const newest = [last_failover, last_failback]
    .filter((record) => record !== null)
    .sort((a, b) => a.ended_at.localeCompare(b.ended_at))
    .at(-1)
  return [
    `feeds   active ${active}`,
    `${mode}, ${state}${switching_to === null ? "" : ` to ${switching_to}`}`,
    ...(required ? ["FAILOVER REQUIRED"] : []),
    ...(held ? ["held: no switch by itself"] : []),
    ...(newest === undefined
      ? []
      : [
          `last ${newest.kind} ${newest.ended_at}, ${newest.cause}, in ${newest.latency_ms} ms, gap ${newest.gap_ms ?? "-"} ms`
        ])
  ].join("  ")
}

/** Restarts that are shown; `--json` has them all. */
const restartsShown = 5

/** The status as an operator reads it: state first, then the account, then the tree. */
export const renderStatus = (status: StatusMessage): string => {
  const lines = [
    `${status.instance}  ${status.ready ? "READY" : `NOT READY: ${status.reasons.join("; ")}`}  up ${Math.round(status.uptime_ms / 1000)} s  restarts ${status.restarts}  ${count(Math.round(status.ticks_per_second))} ticks/s`,
    `broker  ${status.broker.link}  ${status.broker.url}  stream ${status.broker.stream}${epochText(status)}  resent ${count(status.broker.resent)}  reconnects ${status.broker.reconnects}`,
    `queue   ${count(status.queue.depth)} of ${count(status.queue.capacity)}  oldest ${status.queue.oldest_ms.toFixed(1)} ms  ${status.queue.policy === undefined ? "" : `full: ${status.queue.policy}  `}callback to ack p50 ${status.latency_ms.p50?.toFixed(2) ?? "-"} ms, p99 ${status.latency_ms.p99?.toFixed(2) ?? "-"} ms`
  ]
  if (status.failover !== undefined) lines.push(failoverLine(status.failover))
  for (const session of status.sessions) {
    lines.push(
      `session ${session.feed}  ${session.role === undefined ? "" : `${session.role}, `}${session.state} since ${session.since}  account ${session.account}  ${session.subscriptions.acknowledged} of ${session.subscriptions.wanted} instruments${session.subscriptions.ticking === undefined ? "" : `, ${session.subscriptions.ticking} tick`}  ${session.api_version}${session.last_error === null ? "" : `  last error: ${session.last_error}`}`
    )
  }
  for (const feed of status.ledger) {
    const quarantined = feed.quarantined_total === 0 ? "" : ` (${pairs(feed.quarantined)})`
    const dropped = feed.dropped_total === 0 ? "" : ` (${pairs(feed.dropped)})`
    lines.push(
      `ledger  ${feed.feed}: received ${count(feed.received)} = published ${count(feed.published)} + duplicate ${count(feed.duplicate)} + quarantined ${count(feed.quarantined_total)}${quarantined} + conflated ${count(feed.conflated)} + dropped ${count(feed.dropped_total)}${dropped} + in flight ${count(feed.in_flight)}${(feed.spooled ?? 0) === 0 ? "" : ` + spooled ${count(feed.spooled ?? 0)}`}  ${feed.balanced ? "balanced" : "DOES NOT BALANCE"}`
    )
  }
  const { spool, spool_unused: unused } = status
  if (unused !== undefined) {
    lines.push(
      `spool   off; ${count(unused.ticks)} ticks of an earlier run wait unsent in ${unused.folder}: start once with TICK_SPOOL_MAX_MB above 0`
    )
  }
  if (spool !== undefined && (spool.engaged || spool.ticks > 0 || spool.recovered > 0 || spool.trouble !== null)) {
    lines.push(
      `spool   ${count(spool.ticks)} ticks in ${(spool.bytes / 1e6).toFixed(1)} of ${(spool.bound_bytes / 1e6).toFixed(0)} MB  oldest ${(spool.oldest_ms / 1000).toFixed(1)} s  recovered ${count(spool.recovered)}  dropped ${count(spool.dropped)}${spool.trouble === null ? "" : `  trouble: ${spool.trouble}`}`
    )
  }
  for (const machine of status.machines) {
    lines.push(
      `machine ${machine.actor}  ${machine.state} since ${machine.since}  last event ${eventName(machine.last_event)}`
    )
  }
  for (const child of status.tree) {
    lines.push(
      `tree    ${child.path}  ${child.state} since ${child.since}  restarts ${child.restarts}${child.last_reason === null ? "" : `  ${child.last_reason}`}`
    )
  }
  for (const restart of (status.restart_history ?? []).slice(-restartsShown)) {
    lines.push(
      `restart ${restart.at}  ${restart.path} ${restart.how}: ${restart.reason}  was ${restart.last_state}  ${restart.restarts} of ${restart.restarts_max} in ${restart.period_ms / 1000} s  next: ${restart.next}`
    )
  }
  const loop = status.event_loop
  if (loop !== undefined && loop.stalls > 0)
    lines.push(
      `stalls  the event loop stood still ${count(loop.stalls)} times, for ${Math.round(loop.longest_ms)} ms at most`
    )
  return lines.join("\n")
}

/** `tickd status`: asks the daemon over NATS, or over HTTP when the broker is away. */
export const statusCommand = <E, R>(ask: (query: StatusQuery) => Effect.Effect<StatusMessage, E, R>) =>
  Command.make("status", { json: jsonFlag, server: serverFlag, instance: instanceFlag }, ({ json, server, instance }) =>
    Effect.flatMap(ask({ server, instance }), (status) =>
      Console.log(json ? JSON.stringify(status) : renderStatus(status))
    )
  ).pipe(Command.withDescription("Show a running daemon: ready or why not, ledger, queue, sessions, tree"))
