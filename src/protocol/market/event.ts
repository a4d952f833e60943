import { Schema } from "effect"
import { AuditEntry } from "../control/command.ts"
import { escapeToken } from "../control/subject-token.ts"
import { SwitchMessage } from "./failover.ts"

export const eventSubjects = "md.event.>"
/** Five trading days, including a weekend and a bridge day. */
export const eventMaxAgeMs = 8 * 24 * 3_600_000

/** `session-primary` → `md.event.session-primary`. */
export const actorEventSubject = (actor: string): string => `md.event.${escapeToken(actor)}`
/** `front-primary/session` → `md.event.supervisor.front-primary.session`. */
export const supervisorEventSubject = (path: string): string =>
  `md.event.supervisor.${path.split("/").map(escapeToken).join(".")}`
export const auditEventSubject = "md.event.audit"
export const switchEventSubject = "md.event.switch"
/** Subject of the runs of runbooks. */
export const runbookEventSubject = "md.event.runbook"
/** Subject of reports about events that were dropped while NATS was away. */
export const gapEventSubject = (instance: string): string => `md.event.gap.${escapeToken(instance)}`

/** Daemon, its run, and the event's number. `at`: ISO 8601 in Asia/Shanghai; `at_ms`: epoch milliseconds. */
const common = {
  version: Schema.Literal(1),
  instance: Schema.String,
  run: Schema.String,
  seq: Schema.Int,
  at: Schema.String,
  at_ms: Schema.Int
}

/**
 * A step of a machine. `from` is empty for the first; `from` = `to`: only the context changed. `folded`: number of
 * steps before it that were too fast for their own events; `from` is then the start of the first of them.
 */
const TransitionEvent = Schema.Struct({
  ...common,
  kind: Schema.Literal("transition"),
  actor: Schema.String,
  from: Schema.String,
  to: Schema.String,
  event: Schema.String,
  folded: Schema.optionalKey(Schema.Int),
  context: Schema.Record(Schema.String, Schema.Unknown)
})

/** An action of a supervisor on a child. `detail` is its report with the cause chain as the supervisor keeps it. */
const SupervisorEventMessage = Schema.Struct({
  ...common,
  kind: Schema.Literal("supervisor"),
  path: Schema.String,
  type: Schema.String,
  restarts: Schema.Int,
  reason: Schema.NullOr(Schema.String),
  detail: Schema.Record(Schema.String, Schema.Unknown)
})

/**
 * A command. `hash`: of its line in the audit file, so that a truncated file can be distinguished from a complete
 * one; empty: the file could not be written.
 */
const AuditEvent = Schema.Struct({
  ...common,
  kind: Schema.Literal("audit"),
  entry: AuditEntry,
  hash: Schema.String
})

/** A finished switch of the active feed, with any result. */
const SwitchEvent = Schema.Struct({ ...common, kind: Schema.Literal("switch"), record: SwitchMessage })

/**
 * `count` events from `from` to `to` were dropped, the oldest first: NATS was away for longer than the buffer lasts.
 */
const GapEvent = Schema.Struct({
  ...common,
  kind: Schema.Literal("gap"),
  count: Schema.Int,
  from: Schema.String,
  to: Schema.String
})

/**
 * A run of a runbook that is over. `run` is its id; its tool stores one event. `by`: user and host. `end`: how it
 * ended, such as `rolledBack`. `why` is empty after a success. A time in milliseconds is null when it was not measured.
 */
export const RunbookEvent = Schema.Struct({
  ...common,
  kind: Schema.Literal("runbook"),
  command: Schema.String,
  window: Schema.String,
  profile: Schema.String,
  config: Schema.String,
  by: Schema.String,
  end: Schema.String,
  exit_code: Schema.Int,
  stage: Schema.String,
  why: Schema.String,
  changed: Schema.Boolean,
  seconds: Schema.Number,
  gap_ms: Schema.NullOr(Schema.Number),
  failover_ms: Schema.NullOr(Schema.Number),
  failback_ms: Schema.NullOr(Schema.Number)
})
export type RunbookEvent = typeof RunbookEvent.Type

/** A message of stream MD_EVENTS. */
export const EventMessage = Schema.Union([
  TransitionEvent,
  SupervisorEventMessage,
  AuditEvent,
  SwitchEvent,
  GapEvent,
  RunbookEvent
])
export type EventMessage = typeof EventMessage.Type
/** The content of an event of a daemon; number, time and origin are added by its journal. */
export type EventBody =
  Exclude<EventMessage, RunbookEvent> extends infer E
    ? E extends EventMessage
      ? Omit<E, "version" | "instance" | "run" | "seq" | "at" | "at_ms">
      : never
    : never
