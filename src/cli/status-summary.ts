import type { StatusMessage } from "../protocol/market/status.ts"
import { count, type Paint, zoneOf } from "./terminal/layout.ts"

const width = 80
const labelWidth = 9

/** A label and its parts, two blanks between them; what does not fit goes on below, under the first part. */
const row = (label: string, parts: ReadonlyArray<string>): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const part of parts.filter((each) => each !== "")) {
    const last = lines.at(-1)
    if (last !== undefined && labelWidth + last.length + 2 + part.length <= width)
      lines[lines.length - 1] = `${last}  ${part}`
    else lines.push(part)
  }
  return lines.map((line, at) => (at === 0 ? label : "").padEnd(labelWidth) + line)
}

/** `2 d 3 h`, `3 h 5 min`, `5 min 2 s` or `2 s`. */
const uptimeText = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"]
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  return first < 0
    ? "0 s"
    : parts
        .slice(first, first + 2)
        .map(([amount, unit]) => `${amount} ${unit}`)
        .join(" ")
}

/** `11-30 09:00:03` of an ISO time; the first line names the zone. */
export const shortTime = (iso: string): string => iso.slice(5, 19).replace("T", " ")

/** `READY`, `READY, 1 of 2 feeds (primary rejected: …)` or `NOT READY: …`. */
const readyText = ({ feeds, ready, reasons }: StatusMessage, paint: Paint): string => {
  if (!ready) return `${paint.bad("NOT READY")}: ${reasons.join("; ")}`
  return feeds === undefined || feeds.troubled.length === 0
    ? paint.good("READY")
    : `${paint.good("READY")}, ${feeds.sound} of ${feeds.meant} feeds (${feeds.troubled.join("; ")})`
}

const ticksRow = (status: StatusMessage, paint: Paint) => {
  const { ledger } = status
  const sum = (read: (feed: StatusMessage["ledger"][number]) => number) =>
    ledger.reduce((total, feed) => total + read(feed), 0)
  const unlessZero = (label: string, value: number) => (value === 0 ? "" : `${label} ${count(value)}`)
  const dropped = sum((feed) => feed.dropped_total)
  return row("ticks", [
    `${count(Math.round(status.ticks_per_second))}/s`,
    `received ${count(sum((feed) => feed.received))}`,
    `published ${count(sum((feed) => feed.published))}`,
    unlessZero(
      "duplicate",
      sum((feed) => feed.duplicate)
    ),
    unlessZero(
      "quarantined",
      sum((feed) => feed.quarantined_total)
    ),
    unlessZero(
      "conflated",
      sum((feed) => feed.conflated)
    ),
    dropped === 0 ? "" : paint.bad(`dropped ${count(dropped)}`),
    ledger.every(({ balanced }) => balanced) ? "balanced" : paint.bad("DOES NOT BALANCE")
  ])
}

const msText = (ms: number | null): string => (ms === null ? "-" : `${ms.toFixed(ms < 10 ? 2 : 0)} ms`)

const queueRow = ({ queue, latency_ms: latency }: StatusMessage) =>
  row("queue", [
    `${count(queue.depth)} of ${count(queue.capacity)}`,
    `oldest ${queue.oldest_ms.toFixed(1)} ms`,
    `callback to ack p50 ${msText(latency.p50)}, p99 ${msText(latency.p99)}`
  ])

const brokerRow = ({ broker }: StatusMessage, paint: Paint) =>
  row("broker", [
    broker.link === "up" ? "up" : paint.bad(broker.link),
    broker.url,
    `stream ${broker.stream}`,
    broker.epoch === undefined ? "" : `epoch ${broker.epoch ?? "not taken"}`,
    broker.fenced === undefined ? "" : paint.bad(broker.fenced)
  ])

const feedsRow = ({ failover }: StatusMessage, paint: Paint) => {
  if (failover === undefined) return []
  const newest = [failover.last_failover, failover.last_failback]
    .filter((record) => record !== null)
    .sort((one, other) => one.ended_at.localeCompare(other.ended_at))
    .at(-1)
  return row("feeds", [
    `active ${failover.active}`,
    `${failover.mode}, ${failover.state}${failover.switching_to === null ? "" : ` to ${failover.switching_to}`}`,
    failover.required ? paint.bad("FAILOVER REQUIRED") : "",
    failover.held ? "held: no switch by itself" : "",
    newest === undefined
      ? ""
      : `last ${newest.kind} ${shortTime(newest.ended_at)}, ${newest.cause}, in ${newest.latency_ms} ms, gap ${newest.gap_ms ?? "-"} ms`
  ])
}

const sessionRows = ({ sessions }: StatusMessage) => {
  const longest = (read: (session: StatusMessage["sessions"][number]) => string) =>
    Math.max(0, ...sessions.map((session) => read(session).length))
  const [feedWidth, stateWidth] = [longest(({ feed }) => feed), longest(({ state }) => state)]
  return sessions.flatMap(({ feed, last_error: error, role, since, state, subscriptions }) =>
    row("session", [
      `${feed.padEnd(feedWidth)}  ${role === undefined ? "" : `${role.padEnd(7)}  `}${state.padEnd(stateWidth)}`,
      `${count(subscriptions.acknowledged)} of ${count(subscriptions.wanted)}${subscriptions.ticking === undefined ? "" : `, ${count(subscriptions.ticking)} tick`}`,
      since === "" ? "" : `since ${shortTime(since)}`,
      error === null ? "" : `last error: ${error}`
    ])
  )
}

const treeRow = ({ restart_history: history = [], restarts, tree }: StatusMessage, paint: Paint) => {
  const away = tree.filter(({ state }) => state !== "running")
  const newest = history.at(-1)
  return row("tree", [
    away.length === 0
      ? `${tree.length} children run`
      : `${tree.length - away.length} of ${tree.length} children run, ${paint.bad(away.map(({ path, state }) => `${path} ${state}`).join(", "))}`,
    `restarts ${restarts}`,
    newest === undefined ? "" : `last ${shortTime(newest.at)} ${newest.path}: ${newest.reason}`
  ])
}

/** The zone of all times, once. */
const zoneIn = ({ sessions, tree }: StatusMessage): ReadonlyArray<string> => {
  const time = [...sessions, ...tree].map(({ since }) => since).find((since) => since !== "")
  return time === undefined ? [] : [`times ${zoneOf(time)}`]
}

/** What an operator needs first, in eight lines when all is well; each label has its column. */
export const summaryLines = (status: StatusMessage, paint: Paint): ReadonlyArray<string> => {
  const { spool, spool_unused: unused, waiting = [] } = status
  return [
    [
      `${status.instance}  ${readyText(status, paint)}`,
      ...(status.tickd_version === undefined ? [] : [`tickd ${status.tickd_version}`]),
      `up ${uptimeText(status.uptime_ms)}`,
      ...zoneIn(status)
    ].join("  "),
    ...waiting.flatMap(({ message, part }) => row("waiting", [`${part}: ${message}`])),
    ...ticksRow(status, paint),
    ...queueRow(status),
    ...brokerRow(status, paint),
    ...(unused === undefined
      ? []
      : row("spool", [
          `off; ${count(unused.ticks)} ticks of an earlier run wait unsent in ${unused.folder}:`,
          "start once with TICK_SPOOL_MAX_MB above 0"
        ])),
    ...(spool !== undefined && (spool.engaged || spool.ticks > 0 || spool.recovered > 0 || spool.trouble !== null)
      ? row("spool", [
          `${count(spool.ticks)} ticks in ${(spool.bytes / 1e6).toFixed(1)} of ${(spool.bound_bytes / 1e6).toFixed(0)} MB`,
          `oldest ${(spool.oldest_ms / 1000).toFixed(1)} s`,
          `recovered ${count(spool.recovered)}`,
          `dropped ${count(spool.dropped)}`,
          spool.trouble === null ? "" : paint.bad(`trouble: ${spool.trouble}`)
        ])
      : []),
    ...feedsRow(status, paint),
    ...sessionRows(status),
    ...treeRow(status, paint)
  ]
}

/** The command that shows more of what is not well, else what is subscribed. */
export const nextOf = ({ failover, ready, sessions, tree }: StatusMessage): string => {
  if (failover?.required === true) return "tickd failover --reason TEXT"
  const child = tree.find(({ state }) => state !== "running")
  if (child !== undefined) return "tickd tree"
  const session = sessions.find(({ last_error: error }) => error !== null)
  if (!ready && session !== undefined) return `tickd history session-${session.feed} --since 10m`
  return ready ? "tickd subscriptions" : "tickd state"
}
