import { Schema } from "effect"
import { clientErrorCodes } from "./error-code.ts"

/** The client cannot continue. The codes are documented where they are defined. */
export class TickClientError extends Schema.TaggedError<TickClientError>()("TickClientError", {
  code: Schema.Literals(clientErrorCodes),
  message: Schema.String
}) {}
