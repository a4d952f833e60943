import { Schema } from "effect"
import { clientErrorCodes } from "./error-code.ts"

/** The client cannot go on; what each code means is said beside the codes. */
export class TickClientError extends Schema.TaggedError<TickClientError>()("TickClientError", {
  code: Schema.Literals(clientErrorCodes),
  message: Schema.String
}) {}
