import { Context, type Effect, Schema } from "effect"
import type { Feed } from "../domain/runbook-words.ts"

/** The log cannot be opened: nothing has been touched. Exit code 1, as for every fault of the settings. */
export class RunLogError extends Schema.TaggedError<RunLogError>()("RunLogError", { message: Schema.String }) {}

export type RunLogLevel = "DEBUG" | "INFO" | "WARN" | "ERROR"

/** The log of a run. Every adapter promises: it never fails and never waits for its destination. */
export class RunLog extends Context.Service<
  RunLog,
  {
    /** `exitCode`: that of the run, once it is known. */
    readonly write: (level: RunLogLevel, message: string, exitCode?: number) => Effect.Effect<void>
    /** A line that scripts search for: it is on the terminal as it is, and in the log as any other one. */
    readonly mark: (level: RunLogLevel, line: string, exitCode?: number) => Effect.Effect<void>
    /** The feed that is the active one from now on: the following lines carry it, and its account. */
    readonly follow: (feed: Feed) => Effect.Effect<void>
  }
>()("tickd/ops/RunLog") {}
