import { Schema } from "effect"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"

export const severities = ["info", "warning", "critical"] as const

/**
 * One incident. Identity: `id`, the time of opening in Shanghai, with a number when that second has several.
 * Shape: `ended_at`, `resolution`, `closed_by` and `report` are null while it is open; `report` is the name of a file
 * in the same folder. Units: times ISO 8601 in Asia/Shanghai. Errors: decoding fails with `SchemaError`.
 */
export const IncidentRecord = Schema.Struct({
  version: Schema.Literal(1),
  id: Schema.String,
  started_at: Schema.String,
  opened_at: Schema.String,
  title: Schema.String,
  severity: Schema.Literals(severities),
  opened_by: Schema.String,
  ended_at: Schema.NullOr(Schema.String),
  closed_by: Schema.NullOr(Schema.String),
  resolution: Schema.NullOr(Schema.String),
  report: Schema.NullOr(Schema.String)
})
export type IncidentRecord = typeof IncidentRecord.Type

/** `INC-20261130-210003`, `INC-20261130-210003-2`, … */
export const incidentId = (openedMs: number, attempt: number): string => {
  const [day = "", time = ""] = shanghaiIso(openedMs).split("T")
  const clock = time.slice(0, 8).replaceAll(":", "")
  return `INC-${day.replaceAll("-", "")}-${clock}${attempt === 1 ? "" : `-${attempt}`}`
}

/** An id names a file: nothing else than `incidentId` writes is taken. */
export const isIncidentId = (text: string): boolean => /^INC-\d{8}-\d{6}(-\d{1,3})?$/.test(text)
