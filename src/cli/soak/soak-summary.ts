import type { StreamReading } from "../../client/measured-reader.ts"
import { count } from "../terminal/layout.ts"
import type { SoakMeasure, SoakWindow } from "./soak-measure.ts"
import { judgeSoak, type SoakThresholds } from "./soak-verdict.ts"

const round = (value: number, digits = 3): number => Number(value.toFixed(digits))
const orNull = (value: number | null | undefined): number | null =>
  value === undefined || value === null ? null : round(value)

/** `summary.json`: the names of the reference service, and ours. Latencies in milliseconds. */
export const summarise = (
  measure: SoakMeasure,
  reading: StreamReading,
  options: {
    readonly thresholds: SoakThresholds
    readonly windowSeconds: number
    readonly subject: string
    readonly nowMs: number
    readonly complete: boolean
  }
) => {
  const { latency, messages } = measure
  const { losses, missingTimestamps, sequences, unreadable, whole } = reading
  const runSeconds = Math.max(0.001, (options.nowMs - measure.beganMs) / 1000)
  const avgMps = messages / runSeconds
  const faults = unreadable + missingTimestamps + losses.lost + losses.repeated + losses.expired + measure.outOfOrder
  // A lost tick should have come too.
  const expected = messages + unreadable + missingTimestamps + losses.lost + losses.expired
  const errorPercent = expected === 0 ? 0 : (faults / expected) * 100
  const { checks, verdict } = judgeSoak(
    {
      avgMps,
      p99Ms: latency.quantile(0.99) ?? null,
      errorPercent,
      unknownGaps: losses.unknownGaps + losses.streamResets,
      gapRecordsRead: reading.gapRecordsRead,
      complete: options.complete
    },
    options.thresholds
  )
  const stored = whole && sequences !== undefined ? sequences[1] - sequences[0] + 1 : null
  return {
    complete: options.complete,
    verdict,
    checks,
    run_seconds: round(runSeconds),
    window_seconds: options.windowSeconds,
    subject: options.subject,
    total_messages: messages,
    avg_mps: round(avgMps),
    last_window_mps: round(measure.windows.at(-1)?.mps ?? 0),
    unique_subjects: measure.uniqueSubjects,
    per_exchange: Object.fromEntries([...measure.perExchange].sort(([a], [b]) => (a < b ? -1 : 1))),
    latency_ms: {
      count: latency.samples,
      min: latency.samples === 0 ? null : round(measure.minLatencyMs),
      mean: latency.samples === 0 ? null : round(latency.sumMs / latency.samples),
      p50: orNull(latency.quantile(0.5)),
      p90: orNull(latency.quantile(0.9)),
      p99: orNull(latency.quantile(0.99)),
      max: latency.samples === 0 ? null : round(latency.maxMs)
    },
    negative_latencies: measure.negativeLatencies,
    json_errors: unreadable,
    missing_timestamp: missingTimestamps,
    error_percent: round(errorPercent, 6),
    first_stream_sequence: sequences?.[0] ?? null,
    last_stream_sequence: sequences?.[1] ?? null,
    /** Stored between the two sequences and not read: 0, since the reader drops nothing. */
    unread_messages: stored === null ? null : stored - messages - unreadable - missingTimestamps,
    numbers_followed: whole,
    missing_numbers: losses.missingNumbers,
    lost: losses.lost,
    unknown_gaps: losses.unknownGaps,
    repeated: losses.repeated,
    out_of_order: measure.outOfOrder,
    expired: losses.expired,
    stream_resets: losses.streamResets,
    reader_outages: losses.readerOutages,
    gap_records_read: reading.gapRecordsRead,
    time_utc: new Date(options.nowMs).toISOString()
  } as const
}
export type SoakSummary = ReturnType<typeof summarise>

/** The result for people. */
export const renderSummary =
  (folder: string) =>
  (summary: SoakSummary): string =>
    [
      `${summary.verdict}  ${count(summary.total_messages)} ticks in ${summary.run_seconds} s, ${count(summary.unique_subjects)} subjects`,
      ...summary.checks.map(
        ({ limit, name, passed, value }) =>
          `${passed ? "ok    " : "FAILED"}  ${name}: ${value === null ? "not measured" : round(value)} (limit ${limit})`
      ),
      `lost ${summary.lost}, repeated ${summary.repeated}, out of order ${summary.out_of_order}, numbers missing ${summary.missing_numbers}`,
      `files in ${folder}`
    ].join("\n")

/** One line of progress for a window, on stderr. */
export const progressLine = (window: SoakWindow, elapsedSeconds: number, totalSeconds: number): string => {
  const p99 = window.p99Ms === null ? "-" : `${window.p99Ms.toFixed(1)} ms`
  return `soak ${Math.round(elapsedSeconds)}/${totalSeconds} s  ${count(window.messages)} ticks  ${window.mps.toFixed(1)} mps  p99 ${p99}`
}

/** A field of a CSV file: a subject may hold any printable character. */
const field = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

export const windowsCsv = (windows: ReadonlyArray<SoakWindow>): string =>
  [
    "time_utc,window,seconds,messages,mps,p50_ms,p99_ms,max_ms",
    ...windows.map((window) =>
      [
        new Date(window.endMs).toISOString(),
        window.index,
        round(window.seconds),
        window.messages,
        round(window.mps),
        ...[window.p50Ms, window.p99Ms, window.maxMs].map((ms) => (ms === null ? "" : round(ms)))
      ].join(",")
    ),
    ""
  ].join("\n")

export const subjectsCsv = (subjects: ReadonlyArray<readonly [subject: string, messages: number]>): string =>
  ["subject,count", ...subjects.map(([subject, messages]) => `${field(subject)},${messages}`), ""].join("\n")

export const samplesCsv = (samples: ReadonlyArray<number>): string =>
  ["latency_ms", ...samples.map((ms) => String(round(ms))), ""].join("\n")
