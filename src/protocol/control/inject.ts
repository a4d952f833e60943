import { Schema } from "effect"
import { boundedText, commandFields } from "./command.ts"

/** What a drill may do to a running daemon. */
export const faults = ["disconnect", "silence", "crash", "login-reject"] as const
export type Fault = (typeof faults)[number]
export const isFault = (text: string): text is Fault => (faults as ReadonlyArray<string>).includes(text)

/** Longest drill, milliseconds: a drill that no operator ends must end by itself. */
const drillMsMax = 3_600_000
/** How long a silence or a refused login lasts when the command does not say. */
export const drillMsDefault = 30_000

/**
 * Command to `md.ctl.<instance>.inject`. `for_ms`: how long a silence or refused logins last; the other faults are a
 * moment.
 */
export const InjectRequest = Schema.Struct({
  fault: boundedText(64),
  feed: boundedText(64),
  for_ms: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: drillMsMax }))),
  ...commandFields
})
export type InjectRequest = typeof InjectRequest.Type

/** `done`: one sentence that says what was done; what follows from it is in the history of the feed's machines. */
export const InjectReply = Schema.Struct({
  version: Schema.Literal(1),
  instance: Schema.String,
  id: Schema.String,
  fault: Schema.String,
  feed: Schema.String,
  at: Schema.String,
  done: Schema.String
})
export type InjectReply = typeof InjectReply.Type
