import { type Effect, Schema } from "effect"

/** The operation was not done. `message` is one sentence with the reason. */
export class OperationRefused extends Schema.TaggedError<OperationRefused>()("OperationRefused", {
  message: Schema.String
}) {}

/** Result of a catalogue refresh. Counts of contracts compared with the list before; null: it was the first. */
export interface RefreshedContracts {
  readonly tradingDay: number
  readonly contracts: number
  readonly listed: number | null
  readonly expired: number | null
  readonly changed: number | null
  /** Sources that returned nothing; their previous contracts stay. */
  readonly failed: ReadonlyArray<string>
}

/** Commands about the process itself. */
export interface Operations {
  /**
   * Stops a child of the tree and starts it again; `path` as in the tree (`front-primary/session`). Succeeds once it
   * serves again.
   */
  readonly restartChild: (path: string) => Effect.Effect<void, OperationRefused>
  readonly setLogLevel: (level: "DEBUG" | "INFO" | "WARNING" | "ERROR") => void
  /** Requests the sources of the catalogue now and adopts their lists. Undefined when the daemon has no source. */
  readonly refreshContracts: Effect.Effect<RefreshedContracts, OperationRefused> | undefined
  /**
   * Makes a feed's session that waits, is rejected or has failed try again now, with the credentials that its files
   * hold. Succeeds with a description of the password.
   */
  readonly retrySession: (feed: string) => Effect.Effect<string, OperationRefused>
  /** Names of the feeds. */
  readonly feeds: () => ReadonlyArray<string>
  /** Begins the same stop as SIGTERM, and returns. */
  readonly drain: () => void
}
