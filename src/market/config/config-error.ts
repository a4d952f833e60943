import { Effect, Schema } from "effect"

/** The environment is not usable. `message` names every variable that is wrong or missing. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  code: Schema.Literals(["CONFIG_INVALID", "CONFIG_INCOMPLETE"]),
  message: Schema.String
}) {}

/** Settings whose making reads a file that holds a secret: what it throws is a sentence. */
export const settingsOf = <A>(make: () => A) =>
  Effect.try({
    try: make,
    catch: (cause) => new ConfigError({ code: "CONFIG_INVALID", message: (cause as Error).message })
  })
