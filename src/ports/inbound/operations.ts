/** What an operator may order of the process itself. */
export interface Operations {
  /**
   * Stops a child of the tree and starts it again; `path` as the tree shows it (`front-primary/session`). Resolves once it
   * serves again, rejects with an error that has a `code` and says why not.
   */
  readonly restartChild: (path: string) => Promise<void>
  readonly setLogLevel: (level: "DEBUG" | "INFO" | "WARNING" | "ERROR") => void
  /** Begins the stop that SIGTERM begins, and returns. */
  readonly drain: () => void
}
