import { Schema } from "effect"

/** Stable codes of the simulated exchange's errors. Scripts and tests may use them. */
const FrontErrorCode = Schema.Literals([
  "FRONT_PORT_IN_USE",
  "FRONT_ADDRESS_UNUSABLE",
  "FRONT_OPTION_INVALID",
  "FRONT_FAULT_UNKNOWN",
  "FRONT_FAULT_INVALID",
  "RECORDING_MISSING",
  "RECORDING_UNREADABLE",
  "RECORDING_EMPTY",
  "RECORDING_HEADER",
  "RECORDING_ROW",
  "RECORDING_VALUE",
  "RECORDING_TRUNCATED",
  "RECORDING_DAMAGED"
])
type FrontErrorCode = typeof FrontErrorCode.Type

/**
 * An expected failure of the simulated exchange.
 * Shape: `message` is one sentence that names the cause and the fix; `line` (1 = header) only for a recording.
 */
export class FrontError extends Schema.TaggedError<FrontError>()("FrontError", {
  code: FrontErrorCode,
  message: Schema.String,
  line: Schema.optionalKey(Schema.Int)
}) {}
