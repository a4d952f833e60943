import { Context, type Effect, Schema } from "effect"
import type { TradingCalendar } from "../../kernel/calendar/trading-calendar.ts"
import type { StreamShape } from "../../protocol/control/stream-shape.ts"
import type { LiveRequest } from "../domain/live-flags.ts"

/** The variables cannot be used. `faults`: all of them, each one sentence with the fix; none holds a secret. */
export class ConfigurationRefused extends Schema.TaggedError<ConfigurationRefused>()("ConfigurationRefused", {
  faults: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.faults.join("; ")
  }
}

/** What the proofs of a run read of the configuration of the other programs. */
export interface RunConfiguration {
  readonly warnings: ReadonlyArray<string>
  /** With the years of `TICKD_CALENDAR`. */
  readonly calendar: TradingCalendar
  /** The market never closes: a simulated one. */
  readonly alwaysOpen: boolean
  /** The streams that a user of the tick plane sees. */
  readonly streams: ReadonlyArray<StreamShape>
  /** What the rings between the workers and the daemon need in /dev/shm, bytes. */
  readonly shmBytes: number
  /** Why the vendor's library cannot be used; undefined: nothing is known against it. */
  readonly libraryFault: string | undefined
}

/**
 * Checks the effective variables of every program for a run. Every adapter promises: nothing is changed, all faults
 * are found at once, and a command that needs the backup login is refused without a complete one.
 */
export class Configuration extends Context.Service<
  Configuration,
  { readonly check: (request: LiveRequest) => Effect.Effect<RunConfiguration, ConfigurationRefused> }
>()("tickd/ops/Configuration") {}
