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
   * Stops a child of the tree and starts it again; `path` as in the tree (`front-primary/session`). Resolves once it
   * serves again. Rejects with an error that has a `code` and a reason.
   */
  readonly restartChild: (path: string) => Promise<void>
  readonly setLogLevel: (level: "DEBUG" | "INFO" | "WARNING" | "ERROR") => void
  /**
   * Requests the sources of the catalogue now and adopts their lists. Rejects with an error that has a `code` when no
   * source returned a list. Undefined when the daemon has no source.
   */
  readonly refreshContracts: (() => Promise<RefreshedContracts>) | undefined
  /**
   * Makes a feed's session that waits, is rejected or has failed try again now, with the credentials that its files
   * hold. Throws an error with a reason when there is nothing to retry.
   */
  readonly retrySession: (feed: string) => string
  /** Names of the feeds. */
  readonly feeds: () => ReadonlyArray<string>
  /** Begins the same stop as SIGTERM, and returns. */
  readonly drain: () => void
}
