import { Schema } from "effect"
import { boundedText, commandFields } from "./command.ts"

// Commands that a daemon of any role takes.

/** A command without fields of its own. */
export const PlainRequest = Schema.Struct(commandFields)
/** Command for one child of the tree, by its path in `tickd tree`: `front-primary/session`. */
export const ChildRequest = Schema.Struct({ child: boundedText(200), ...commandFields })
export const LevelRequest = Schema.Struct({
  level: Schema.Literals(["DEBUG", "INFO", "WARNING", "ERROR"]),
  ...commandFields
})

/** What every answer to a command has. `id`: of its entry in the audit; `done`: one sentence. */
export const performedFields = {
  version: Schema.Literal(1),
  instance: Schema.String,
  id: Schema.String,
  at: Schema.String,
  done: Schema.String
}
