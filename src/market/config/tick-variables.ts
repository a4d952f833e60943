import { Schema } from "effect"
import { overflowPolicies } from "../../kernel/limits/overflow-policy.ts"
import { tickFormats } from "../../protocol/market/tick/tick-format.ts"

const whole = (minimum: number, maximum: number) =>
  Schema.optionalKey(Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum })))

/** Variables of queue, publisher and stream. The demo reads them too, because users try them there. */
export const tickVariables = {
  TICK_SERIALIZER: Schema.optionalKey(Schema.Literals(tickFormats)),
  TICK_QUEUE_MAXSIZE: whole(1000, 10_000_000),
  TICK_OVERFLOW_POLICY: Schema.optionalKey(Schema.Literals(overflowPolicies)),
  TICK_SPOOL_DIR: Schema.optionalKey(Schema.String),
  TICK_SPOOL_MAX_MB: whole(0, 1_048_576),
  TICK_SPOOL_FSYNC: Schema.optionalKey(Schema.Literals(["never", "interval", "always"])),
  TICK_SPOOL_AFTER_MS: whole(50, 60_000)
} as const
