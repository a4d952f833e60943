import { Schema } from "effect"

/**
 * A feed worker that could not start or that died.
 * Codes are stable: PASSWORD_FILE, WORKER_MISSING, WORKER_ARGUMENTS, LIBRARY_NOT_LOADED, VERSION_NOT_SUPPORTED,
 * FLOW_FOLDER, RING, WORKER_HUNG, WORKER_DIED.
 * `fatal`: every start will fail the same way until an operator changes the machine.
 */
export class FeedWorkerError extends Schema.TaggedError<FeedWorkerError>()("FeedWorkerError", {
  code: Schema.Literals([
    "PASSWORD_FILE",
    "WORKER_MISSING",
    "WORKER_ARGUMENTS",
    "LIBRARY_NOT_LOADED",
    "VERSION_NOT_SUPPORTED",
    "FLOW_FOLDER",
    "RING",
    "WORKER_HUNG",
    "WORKER_DIED"
  ]),
  message: Schema.String,
  fatal: Schema.Boolean
}) {}
