import { Cause, Schema } from "effect"

/** A verb that could not do its work: one sentence for the person at the terminal, and the exit code for the script. */
export class UserError extends Schema.TaggedError<UserError>()("UserError", {
  code: Schema.String,
  message: Schema.String,
  exitCode: Schema.Int
}) {}

/** Any failure as the one sentence it carries. A defect keeps its stack: it is a bug to report. */
export const sentenceOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  if (Cause.hasDies(cause)) return `a bug of tickd, please report it: ${Cause.pretty(cause)}`
  if (error instanceof Error && error.message !== "") {
    const code = (error as { code?: unknown }).code
    return typeof code === "string" ? `${error.message} [${code}]` : error.message
  }
  return String(error)
}
