import { Context, type Effect, Schema } from "effect"
import type { LiveRequest } from "../domain/live-flags.ts"

/** The variables cannot be used. `faults`: all of them, each one sentence with the fix; none holds a secret. */
export class ConfigurationRefused extends Schema.TaggedError<ConfigurationRefused>()("ConfigurationRefused", {
  faults: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.faults.join("; ")
  }
}

/** What a runbook reads of the variables beside its own settings. */
export interface RunConfiguration {
  readonly warnings: ReadonlyArray<string>
  /** `TICKD_CALENDAR`: a file with further years of the trading calendar. */
  readonly calendarFile: string | undefined
  /** The market never closes: a simulated one. */
  readonly alwaysOpen: boolean
}

/**
 * Checks the effective variables of every program for a run. Every adapter promises: nothing is changed, all faults
 * are found at once, and a command that needs the backup login is refused without a complete one.
 */
export class Configuration extends Context.Service<
  Configuration,
  { readonly check: (request: LiveRequest) => Effect.Effect<RunConfiguration, ConfigurationRefused> }
>()("tickd/ops/Configuration") {}
