import type { StatusMessage } from "../../protocol/market/status.ts"

/**
 * The last line of `demo --json`. Ticks, except where a name ends otherwise; `stored` is what the stream holds of
 * this run.
 */
export interface DemoReport {
  readonly received: number
  readonly published: number
  /** Ticks that repeated their predecessor in every field. */
  readonly duplicate: number
  readonly quarantined: number
  /** Ticks that gave way to a newer one of their instrument. */
  readonly conflated: number
  readonly dropped: number
  /** Of `dropped`: by place. */
  readonly dropped_at: Readonly<Record<string, number>>
  /** Left in the spool for the next start. */
  readonly spooled: number
  /** Left by an earlier run and stored by this one: in the stream, and in no other column. */
  readonly recovered: number
  readonly in_flight: number
  /** null: the stream could not be asked. */
  readonly stored: number | null
  readonly ticks_per_second: number
  readonly p50_ms: number | null
  readonly p99_ms: number | null
  readonly restarts: number
  readonly balanced: boolean
}

const rounded = (value: number | null, digits: number) => (value === null ? null : Number(value.toFixed(digits)))

export const demoReport = (status: StatusMessage, stored: number | null, streamingMs: number): DemoReport => {
  const sum = (of: (feed: StatusMessage["ledger"][number]) => number) =>
    status.ledger.reduce((total, feed) => total + of(feed), 0)
  const published = sum((feed) => feed.published)
  return {
    received: sum((feed) => feed.received),
    published,
    duplicate: sum((feed) => feed.duplicate),
    quarantined: sum((feed) => feed.quarantined_total),
    conflated: sum((feed) => feed.conflated),
    dropped: sum((feed) => feed.dropped_total),
    dropped_at: Object.fromEntries(
      [...new Set(status.ledger.flatMap((feed) => Object.keys(feed.dropped)))].map((place) => [
        place,
        sum((feed) => feed.dropped[place] ?? 0)
      ])
    ),
    spooled: sum((feed) => feed.spooled ?? 0),
    recovered: status.spool?.recovered ?? 0,
    in_flight: sum((feed) => feed.in_flight),
    stored,
    ticks_per_second: streamingMs > 0 ? Math.round((published * 1000) / streamingMs) : 0,
    p50_ms: rounded(status.latency_ms.p50, 3),
    p99_ms: rounded(status.latency_ms.p99, 3),
    restarts: status.restarts,
    balanced: status.ledger.every((feed) => feed.balanced)
  }
}

/** The ledger balances, nothing is in flight, and the stream holds exactly what was published or recovered. */
export const isAccountedFor = (report: DemoReport): boolean =>
  report.balanced && report.in_flight === 0 && report.stored === report.published + report.recovered

const count = (value: number) => value.toLocaleString("en-US")

/** One line a second while it runs. */
export const liveLine = (status: StatusMessage): string => {
  const sum = (of: (feed: StatusMessage["ledger"][number]) => number) =>
    status.ledger.reduce((total, feed) => total + of(feed), 0)
  const sessions = status.sessions.map(({ state }) => state).join("+")
  return (
    `${sessions === "" ? "starting" : sessions}  ${count(Math.round(status.ticks_per_second))} ticks/s  published ${count(sum((feed) => feed.published))}` +
    `  lag p99 ${status.latency_ms.p99?.toFixed(1) ?? "-"} ms  in flight ${count(sum((feed) => feed.in_flight))}` +
    `  quarantined ${count(sum((feed) => feed.quarantined_total))}  dropped ${count(sum((feed) => feed.dropped_total))}  restarts ${status.restarts}  broker ${status.broker.link}`
  )
}

const placesOf = ({ dropped_at }: DemoReport): string => {
  const places = Object.entries(dropped_at).map(([place, lost]) => `${place} ${count(lost)}`)
  return places.length === 0 ? "" : ` (${places.join(", ")})`
}

/** The ledger at the end, for people. */
export const finalText = (report: DemoReport): string =>
  [
    `ledger    received ${count(report.received)} = published ${count(report.published)} + quarantined ${count(report.quarantined)} + dropped ${count(report.dropped)}${placesOf(report)} + in flight ${count(report.in_flight)}${report.duplicate > 0 ? ` + duplicate ${count(report.duplicate)}` : ""}${report.conflated > 0 ? ` + conflated ${count(report.conflated)}` : ""}${report.spooled > 0 ? ` + spooled ${count(report.spooled)}` : ""}`,
    report.stored === null
      ? "stream    could not be asked what it holds"
      : `stream    holds ${count(report.stored)} messages of this run${report.recovered > 0 ? `, ${count(report.recovered)} of them spooled by an earlier one` : ""}`,
    `speed     ${count(report.ticks_per_second)} ticks/s, callback to ack p50 ${report.p50_ms ?? "-"} ms, p99 ${report.p99_ms ?? "-"} ms, restarts ${report.restarts}`,
    isAccountedFor(report) ? "every tick is accounted for" : "NOT every tick is accounted for"
  ].join("\n")
