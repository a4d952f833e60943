import { Schema } from "effect"
import { AuditEntry } from "../control/command.ts"
import { escapeToken } from "../control/subject-token.ts"
import { SwitchMessage } from "./failover.ts"

export const eventSubjects = "md.event.>"
/** Five trading days, over a weekend and a bridge day. */
export const eventMaxAgeMs = 8 * 24 * 3_600_000

/** `session-primary` → `md.event.session-primary`. */
export const actorEventSubject = (actor: string): string => `md.event.${escapeToken(actor)}`
/** `front-primary/session` → `md.event.supervisor.front-primary.session`. */
export const supervisorEventSubject = (path: string): string =>
  `md.event.supervisor.${path.split("/").map(escapeToken).join(".")}`
export const auditEventSubject = "md.event.audit"
export const switchEventSubject = "md.event.switch"
/** Where it is told that events were dropped while NATS was away. */
export const gapEventSubject = (instance: string): string => `md.event.gap.${escapeToken(instance)}`

/** Which daemon, which life of it, and the place in its order. `at`: ISO 8601 in Asia/Shanghai; `at_ms`: epoch milliseconds. */
const common = {
  version: Schema.Literal(1),
  instance: Schema.String,
  run: Schema.String,
  seq: Schema.Int,
  at: Schema.String,
  at_ms: Schema.Int
}

/**
 * A step that a machine took. `from` is empty for its first; `from` = `to`: the step changed the context only. `folded`: so
 * many steps before it came too fast for events of their own; `from` is where the first of them began.
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

/** Something that a supervisor did with a child. `detail` is its report with the cause chain as the supervisor keeps it. */
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
 * An order. `hash`: of its line in the audit file, so that a file that lost its end can be told from a whole one; empty: the
 * file could not be written then.
 */
const AuditEvent = Schema.Struct({
  ...common,
  kind: Schema.Literal("audit"),
  entry: AuditEntry,
  hash: Schema.String
})

/** A switch of the active feed that ended, however it ended. */
const SwitchEvent = Schema.Struct({ ...common, kind: Schema.Literal("switch"), record: SwitchMessage })

/** `count` events from `from` to `to` were dropped, the oldest first: NATS was away for longer than the buffer lasts. */
const GapEvent = Schema.Struct({
  ...common,
  kind: Schema.Literal("gap"),
  count: Schema.Int,
  from: Schema.String,
  to: Schema.String
})

/** A message of stream MD_EVENTS. */
export const EventMessage = Schema.Union([TransitionEvent, SupervisorEventMessage, AuditEvent, SwitchEvent, GapEvent])
export type EventMessage = typeof EventMessage.Type
/** What is told; order, time and origin are added when it is taken into the journal. */
export type EventBody = EventMessage extends infer E
  ? E extends EventMessage
    ? Omit<E, "version" | "instance" | "run" | "seq" | "at" | "at_ms">
    : never
  : never
