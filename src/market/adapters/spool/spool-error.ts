import { Schema } from "effect"

/**
 * The spool cannot be used at all, until an operator changes the machine.
 * `SPOOL_IN_USE`: another daemon has it. `SPOOL_MISMATCH`: it holds ticks for another stream or in another form.
 * `SPOOL_FOLDER`: it cannot be created, listed, read or written.
 */
export class SpoolError extends Schema.TaggedError<SpoolError>()("SpoolError", {
  code: Schema.Literals(["SPOOL_IN_USE", "SPOOL_MISMATCH", "SPOOL_FOLDER"]),
  message: Schema.String
}) {}
