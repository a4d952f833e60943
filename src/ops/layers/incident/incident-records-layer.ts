import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Layer, Result, Schema } from "effect"
import type { Bilingual } from "../../../kernel/bilingual.ts"
import { readHistory } from "../../../platform/nats/event-history.ts"
import { eventStreamName, integrityStream, quarantineStream } from "../../../protocol/control/stream-names.ts"
import { CertificateMessageJson } from "../../../protocol/market/certificate-message.ts"
import { EventMessage, eventSubjects } from "../../../protocol/market/event.ts"
import { GapMessageJson, gapSubjects } from "../../../protocol/market/gap-message.ts"
import { QuarantineMessage, quarantineSubjects } from "../../../protocol/market/quarantine-message.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import type { DaemonFact, GapFact } from "../../domain/incident/incident-facts.ts"
import type { TimeRange } from "../../domain/incident/timeline.ts"
import { IncidentRecords } from "../../ports/incident-records.ts"
import { type AuditFolders, readAuditFiles } from "./audit-files.ts"
import { certificateFact, certificateLine, eventFact, gapFact, gapLine, switchFact } from "./event-facts.ts"

/** Where the facts come from. A source that fails is named in the report. */
export interface IncidentSources {
  readonly operations: Effect.Effect<NatsConnection, { readonly message: string }>
  /** The connection that may read MD_INTEGRITY and MD_QUARANTINE. */
  readonly ticks: Effect.Effect<NatsConnection, { readonly message: string }>
  readonly status: Effect.Effect<StatusMessage, { readonly message: string }>
  readonly folders: AuditFolders
}

/** Messages of one kind that are read at most; the number of those left out is noted. */
const messagesMost = 50_000
/** Certificates without the parts that hold their instruments. */
const certificateTotals = "md.certificate.*.*"
/** A message is stored after its time; clocks of daemon and server may differ by this much. */
const skewMs = 60_000

interface Found<A> {
  readonly items: ReadonlyArray<A>
  readonly notes: ReadonlyArray<Bilingual>
}

/** Messages under `filter`, decoded; those of another form are skipped. A failure is a note. */
const readAll = Effect.fnUntraced(function* <A>(
  connection: Effect.Effect<NatsConnection, { readonly message: string }>,
  query: {
    readonly stream: string
    readonly filter: string
    readonly sinceMs: number | undefined
    readonly decode: (text: string) => Result.Result<A, unknown>
    /** False: the message is seen and not kept. */
    readonly keep?: (text: string) => boolean
  }
) {
  const { decode, filter, keep = () => true, sinceMs, stream } = query
  const read = Effect.flatMap(connection, (open) =>
    readHistory(open, { stream, all: filter, filter, sinceMs, most: messagesMost, keep }).pipe(
      // Nothing was ever lost, quarantined or certified: that is no fault.
      Effect.catch((error) =>
        error.code === "NOTHING_STORED" && stream !== eventStreamName
          ? Effect.succeed({ texts: [], leftOut: 0 })
          : Effect.fail(error)
      )
    )
  )
  const result = yield* Effect.result(read)
  if (Result.isFailure(result)) {
    const { message } = result.failure
    const found: Found<A> = {
      items: [],
      notes: [{ en: `${stream} was not read: ${message}`, zh: `未读取 ${stream}：${message}` }]
    }
    return found
  }
  const { leftOut, texts } = result.success
  const found: Found<A> = {
    items: texts.flatMap((text) => {
      const decoded = decode(text)
      return Result.isSuccess(decoded) ? [decoded.success] : []
    }),
    notes:
      leftOut === 0
        ? []
        : [
            {
              en: `${leftOut} older messages of ${filter} are left out: narrow the time range.`,
              zh: `${filter} 较早的 ${leftOut} 条消息未列出：请缩小时间范围。`
            }
          ]
  }
  return found
})

const decodeEvent = Schema.decodeUnknownResult(Schema.fromJsonString(EventMessage))
const decodeGap = Schema.decodeUnknownResult(GapMessageJson)
const decodeCertificate = Schema.decodeUnknownResult(CertificateMessageJson)
const decodeQuarantine = Schema.decodeUnknownResult(Schema.fromJsonString(QuarantineMessage))

/** The last record of each gap that overlaps the range. */
const gapsIn = (gaps: ReadonlyArray<GapFact>, { fromMs, toMs }: TimeRange): ReadonlyArray<GapFact> =>
  [...new Map(gaps.map((gap) => [gap.id, gap])).values()].filter(
    (gap) => gap.fromMs <= toMs && (gap.toMs === null || gap.toMs >= fromMs)
  )

/** Counts quarantined ticks of the range by reason: there may be more of them than are kept. */
const quarantineCounter = (isInRange: (atMs: number) => boolean) => {
  const counts = new Map<string, number>()
  return {
    count: (text: string): false => {
      const tick = decodeQuarantine(text)
      if (Result.isSuccess(tick) && isInRange(tick.success.recv_ts)) {
        counts.set(tick.success.reason, (counts.get(tick.success.reason) ?? 0) + 1)
      }
      return false
    },
    byReason: () => [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count)
  }
}

const daemonOf = (status: StatusMessage): DaemonFact => ({
  instance: status.instance,
  ready: status.ready,
  reasons: status.reasons,
  activeFeed: status.failover?.active
})

/** Facts from the streams of the daemon, the audit files of this machine and the status of the daemon. */
export const incidentRecordsLayer = (sources: IncidentSources): Layer.Layer<IncidentRecords> =>
  Layer.succeed(IncidentRecords, {
    read: Effect.fnUntraced(function* (range) {
      const { operations, ticks } = sources
      const sinceMs = range.fromMs - skewMs
      const isInRange = (atMs: number) => atMs >= range.fromMs && atMs <= range.toMs
      const events = yield* readAll(operations, {
        stream: eventStreamName,
        filter: eventSubjects,
        sinceMs,
        decode: decodeEvent
      })
      // A gap that opened before the range may last into it.
      const gapRecords = yield* readAll(ticks, {
        stream: integrityStream,
        filter: gapSubjects,
        sinceMs: undefined,
        decode: decodeGap
      })
      const certificateRecords = yield* readAll(ticks, {
        stream: integrityStream,
        filter: certificateTotals,
        sinceMs,
        decode: decodeCertificate
      })
      const counter = quarantineCounter(isInRange)
      const quarantined = yield* readAll(ticks, {
        stream: quarantineStream,
        filter: quarantineSubjects,
        sinceMs,
        decode: decodeQuarantine,
        keep: counter.count
      })
      const status = yield* Effect.result(sources.status)
      const audit = readAuditFiles(sources.folders, range)
      const gaps = gapsIn(gapRecords.items.map(gapFact), range)
      const certificates = certificateRecords.items.map(certificateFact).filter(({ issuedMs }) => isInRange(issuedMs))
      return {
        timeline: [
          ...events.items.map(eventFact),
          ...audit.commands,
          ...gaps.map(gapLine),
          ...certificates.map(certificateLine)
        ],
        switches: events.items
          .flatMap((event) => (event.kind === "switch" ? [switchFact(event)] : []))
          .filter(({ atMs }) => isInRange(atMs)),
        gaps,
        certificates,
        quarantine: counter.byReason(),
        runs: audit.runs,
        daemon: Result.isSuccess(status) ? daemonOf(status.success) : undefined,
        auditFiles: audit.files,
        notes: [
          ...events.notes,
          ...gapRecords.notes,
          ...certificateRecords.notes,
          ...quarantined.notes,
          ...audit.notes,
          ...(Result.isFailure(status)
            ? [
                {
                  en: `The status was not read: ${status.failure.message}`,
                  zh: `未读取状态：${status.failure.message}`
                }
              ]
            : [])
        ]
      }
    })
  })
