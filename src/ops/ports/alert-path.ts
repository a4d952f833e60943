import { Context, type Effect, Schema } from "effect"

/** The path cannot be walked: a program does not answer, or not in the form it should. One sentence with the fix. */
export class AlertPathError extends Schema.TaggedError<AlertPathError>()("AlertPathError", {
  message: Schema.String
}) {}

/** The series of one test of the path. It has a group of its own: no pushed metric of a runbook is replaced. */
export interface SmokeSeries {
  readonly metric: string
  readonly job: string
  readonly instance: string
}

/** The way of a metric that alerts read: pushed to the Pushgateway, scraped by Prometheus, and asked of it. */
export class AlertPath extends Context.Service<
  AlertPath,
  {
    /** Pushes a value and returns its mark, by which `read` knows it again. A repetition replaces the value. */
    readonly push: (series: SmokeSeries, value: number) => Effect.Effect<number | undefined, AlertPathError>
    /** The value that Prometheus has of this push or a later one; undefined: not scraped yet. */
    readonly read: (series: SmokeSeries, mark: number | undefined) => Effect.Effect<number | undefined, AlertPathError>
    /** Time between two scrapes of the Pushgateway, milliseconds. */
    readonly scrapeIntervalMs: Effect.Effect<number, AlertPathError>
  }
>()("tickd/ops/AlertPath") {}
