import { Clock, Effect, Schema } from "effect"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { type IncidentRecord, incidentId } from "../../domain/incident/incident-record.ts"
import { type IncidentReport, incidentReport } from "../../domain/incident/incident-report.ts"
import { yamlOf } from "../../domain/incident/incident-text.ts"
import type { TimeRange } from "../../domain/incident/timeline.ts"
import type { Language } from "../../domain/notify/notification.ts"
import { IncidentRecords } from "../../ports/incident-records.ts"
import { IncidentStore } from "../../ports/incident-store.ts"

/** A command that does not fit the state of the incidents. `message`: one sentence with the fix. */
class IncidentError extends Schema.TaggedError<IncidentError>()("IncidentError", {
  code: Schema.Literals(["NO_OPEN_INCIDENT", "SEVERAL_OPEN_INCIDENTS", "INCIDENT_CLOSED", "TOO_MANY_INCIDENTS"]),
  message: Schema.String
}) {}

const attemptsMost = 100

/** Stores a new incident. `startedMs`: when it began, which may be before it is opened. */
export const openIncident = Effect.fnUntraced(function* (
  given: Pick<IncidentRecord, "title" | "severity" | "opened_by">,
  startedMs: number
) {
  const store = yield* IncidentStore
  const nowMs = yield* Clock.currentTimeMillis
  for (let attempt = 1; attempt <= attemptsMost; attempt++) {
    const record: IncidentRecord = {
      version: 1,
      id: incidentId(nowMs, attempt),
      started_at: shanghaiIso(startedMs),
      opened_at: shanghaiIso(nowMs),
      ...given,
      ended_at: null,
      closed_by: null,
      resolution: null,
      report: null
    }
    if (yield* store.create(record)) return record
  }
  return yield* new IncidentError({
    code: "TOO_MANY_INCIDENTS",
    message: `${attemptsMost} incidents were opened in this second: wait a second.`
  })
})

const rangeOf = (record: IncidentRecord, nowMs: number): TimeRange => ({
  fromMs: Date.parse(record.started_at),
  toMs: record.ended_at === null ? nowMs : Date.parse(record.ended_at)
})

const headOf = ({ id, opened_by, resolution, severity, title }: IncidentRecord) => ({
  id,
  title,
  severity,
  openedBy: opened_by,
  resolution
})

/** Report of a time range. Changes nothing. */
export const reportRange = Effect.fnUntraced(function* (range: TimeRange, language: Language, reporter: string) {
  return incidentReport(yield* (yield* IncidentRecords).read(range), range, language, reporter)
})

const reportRecord = Effect.fnUntraced(function* (record: IncidentRecord, nowMs: number, language: Language) {
  const range = rangeOf(record, nowMs)
  const facts = yield* (yield* IncidentRecords).read(range)
  return incidentReport(facts, range, language, record.opened_by, headOf(record))
})

/** Report of a stored incident: of its range, to now while it is open. Changes nothing. */
export const reportIncident = Effect.fnUntraced(function* (id: string, language: Language) {
  const record = yield* (yield* IncidentStore).get(id)
  return yield* reportRecord(record, yield* Clock.currentTimeMillis, language)
})

/** The incident that is meant: the named one, else the only open one. */
const openOne = Effect.fnUntraced(function* (id: string | undefined) {
  const store = yield* IncidentStore
  if (id !== undefined) {
    const record = yield* store.get(id)
    if (record.ended_at === null) return record
    return yield* new IncidentError({
      code: "INCIDENT_CLOSED",
      message: `${id} was closed at ${record.ended_at}: print it with 'tickd incident report ${id}'.`
    })
  }
  const open = (yield* store.list).filter(({ ended_at }) => ended_at === null)
  const [only] = open
  if (only !== undefined && open.length === 1) return only
  return yield* only === undefined
    ? new IncidentError({
        code: "NO_OPEN_INCIDENT",
        message: "No incident is open: open one with 'tickd incident open --title TEXT'."
      })
    : new IncidentError({
        code: "SEVERAL_OPEN_INCIDENTS",
        message: `Several incidents are open (${open.map((each) => each.id).join(", ")}): name one.`
      })
})

interface ClosedIncident {
  readonly record: IncidentRecord
  readonly report: IncidentReport
}

/**
 * Completes an incident and stores its report as YAML. Its resolution is the operator's text, if any, followed by the
 * outcome that the facts show.
 */
export const closeIncident = Effect.fnUntraced(function* (
  id: string | undefined,
  given: { readonly resolution: string | undefined; readonly closedBy: string; readonly language: Language }
) {
  const found = yield* openOne(id)
  const nowMs = yield* Clock.currentTimeMillis
  const ended: IncidentRecord = {
    ...found,
    ended_at: shanghaiIso(nowMs),
    closed_by: given.closedBy,
    report: `${found.id}.yaml`
  }
  const { evidence, incident } = yield* reportRecord(ended, nowMs, given.language)
  const resolution = [...(given.resolution === undefined ? [] : [given.resolution]), incident.outcome].join(" ")
  const record: IncidentRecord = { ...ended, resolution }
  const report: IncidentReport = { incident: { ...incident, outcome: resolution }, evidence }
  yield* (yield* IncidentStore).close(record, `${yamlOf(report)}\n`)
  const closed: ClosedIncident = { record, report }
  return closed
})
