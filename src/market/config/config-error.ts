import { Effect, Schema } from "effect"

/** The environment cannot be used. `message` names every variable that is wrong or missing. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  code: Schema.Literals(["CONFIG_INVALID", "CONFIG_INCOMPLETE"]),
  message: Schema.String
}) {}

/** Makes settings from files that hold secrets. A thrown sentence becomes a `ConfigError`. */
export const settingsOf = <A>(make: () => A) =>
  Effect.try({
    try: make,
    catch: (cause) => new ConfigError({ code: "CONFIG_INVALID", message: (cause as Error).message })
  })
