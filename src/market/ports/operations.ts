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

/** A new login of a feed was refused or has failed. `message` is one sentence with the reason. */
export class LoginReloadError extends Schema.TaggedError<LoginReloadError>()("LoginReloadError", {
  code: Schema.Literals([
    "FEED_IS_ACTIVE",
    "SECRET_NOT_FILE",
    "SECRET_UNREADABLE",
    "NOT_NOW",
    /** Logged in again with the former secret. */
    "LOGIN_ROLLED_BACK",
    /** Neither secret has logged in. */
    "LOGIN_LOST"
  ]),
  message: Schema.String
}) {}

/** Units: milliseconds. `force`: also the only feed, and also when the secret is the same. */
export interface LoginReload {
  readonly feed: string
  readonly limitMs: number
  readonly force: boolean
}

/** `unchanged`: the session was logged in with the secret of its file already. */
interface ReloadedLogin {
  readonly result: "committed" | "unchanged"
  readonly tookMs: number
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
  /**
   * Logs a standby feed in with the secret that its file holds now, and with the former one when the session is not
   * proved within the limit. The outer effect only checks; never two at a time for one feed.
   */
  readonly reloadLogin: (
    ask: LoginReload
  ) => Effect.Effect<Effect.Effect<ReloadedLogin, LoginReloadError>, LoginReloadError>
  /** Names of the feeds. */
  readonly feeds: () => ReadonlyArray<string>
  /** Begins the same stop as SIGTERM, and returns. */
  readonly drain: () => void
}
