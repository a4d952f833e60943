import { Schema } from "effect"

const gaveUpCodes = {
  intensity: "RESTART_INTENSITY",
  fatal: "CHILD_FATAL",
  start: "CHILD_NOT_STARTED",
  spec: "INVALID_CHILD_SPEC"
} as const

/**
 * A supervisor ended: more restarts than its limit, an error that no restart fixes, a failed first start, or an
 * invalid specification. Its own supervisor decides what follows. `message`: the sentence of the child that caused
 * it. `chain`: from that child upwards, one line for each supervisor.
 */
export class SupervisorGaveUp extends Schema.TaggedError<SupervisorGaveUp>()("SupervisorGaveUp", {
  supervisor: Schema.String,
  child: Schema.String,
  why: Schema.Literals(["intensity", "fatal", "start", "spec"]),
  restarts: Schema.Int,
  fatal: Schema.Boolean,
  chain: Schema.Array(Schema.String),
  message: Schema.String
}) {
  get code() {
    return gaveUpCodes[this.why]
  }
}

/** A running supervisor refused a request; nothing has changed. */
export class SupervisorRefused extends Schema.TaggedError<SupervisorRefused>()("SupervisorRefused", {
  code: Schema.Literals([
    "ALREADY_STARTED",
    "ALREADY_PRESENT",
    "CHILD_NOT_FOUND",
    "CHILD_RUNNING",
    "CHILD_RESTARTING",
    "CHILD_NOT_STARTED",
    "INVALID_CHILD_SPEC",
    "SUPERVISOR_NOT_RUNNING"
  ]),
  message: Schema.String
}) {}

/** A child that was not ready within its own `startDeadlineMs`. */
export class ChildNotReady extends Schema.TaggedError<ChildNotReady>()("ChildNotReady", {
  child: Schema.String,
  message: Schema.String
}) {
  readonly code = "CHILD_NOT_READY"
}
