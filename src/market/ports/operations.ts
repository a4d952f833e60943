/** What a refresh of the catalogue came to. Numbers of contracts against the list before; null: it was the first. */
export interface RefreshedContracts {
  readonly tradingDay: number
  readonly contracts: number
  readonly listed: number | null
  readonly expired: number | null
  readonly changed: number | null
  /** Sources that gave nothing; what was known of them stays. */
  readonly failed: ReadonlyArray<string>
}

/** What an operator may order of the process itself. */
export interface Operations {
  /**
   * Stops a child of the tree and starts it again; `path` as the tree shows it (`front-primary/session`). Resolves once it
   * serves again, rejects with an error that has a `code` and says why not.
   */
  readonly restartChild: (path: string) => Promise<void>
  readonly setLogLevel: (level: "DEBUG" | "INFO" | "WARNING" | "ERROR") => void
  /**
   * Asks the sources of the catalogue now and adopts what they list. Rejects with an error that has a `code` when none gave
   * a list; undefined where the daemon has no source.
   */
  readonly refreshContracts: (() => Promise<RefreshedContracts>) | undefined
  /**
   * Makes the session of a feed that waits, is rejected or failed try again now, with the credentials that its files hold.
   * Throws an error that says why where there is nothing to retry.
   */
  readonly retrySession: (feed: string) => string
  /** Names of the feeds. */
  readonly feeds: () => ReadonlyArray<string>
  /** Begins the stop that SIGTERM begins, and returns. */
  readonly drain: () => void
}
