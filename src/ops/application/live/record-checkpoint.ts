import { Clock, Effect } from "effect"
import {
  type CheckpointRecord,
  type CheckpointRun,
  checkpointRecordOf
} from "../../domain/checkpoint/checkpoint-record.ts"
import { checkpointSentence } from "../../domain/checkpoint/checkpoint-text.ts"
import { CheckpointLog, type CheckpointLogError } from "../../ports/checkpoint-log.ts"
import { MetricsPush, type PushedValues } from "../../ports/metrics-push.ts"
import { Operators } from "../../ports/operators.ts"

/** What is left of a checkpoint. `notes`: what could not be written or sent, one sentence each. */
export interface CheckpointReport {
  readonly record: CheckpointRecord
  /** For standard output. */
  readonly line: string
  readonly notes: ReadonlyArray<string>
}

/** Markers of the notifications. A late checkpoint has its own: its exit code is 0. */
const tags = { failed: "t5_checkpoint", late: "t5_checkpoint_late" } as const

/** Undefined: there is nothing to say, as on a holiday. */
const valuesOf = ({ mock, status }: CheckpointRecord, startupSeconds: number | undefined): PushedValues | undefined => {
  if (mock || status === "no_session" || status === "interrupted") return undefined
  return {
    md_t5_checkpoint_status: status === "passed" ? 1 : 0,
    ...(startupSeconds !== undefined && { md_session_startup_duration_s: startupSeconds })
  }
}

/**
 * Records a checkpoint when its plan is over: a line of the log, the metrics, and a notification when a check failed or
 * the deadline has passed. Never fails. A mock touches the log only; a day without the session notifies no operator.
 * `startupSeconds`: from start to ready of the session that was checked; undefined: not known.
 */
export const recordCheckpoint = Effect.fnUntraced(function* (
  run: Omit<CheckpointRun, "endMs">,
  startupSeconds: number | undefined
) {
  const log = yield* CheckpointLog
  const metrics = yield* MetricsPush
  const operators = yield* Operators
  const notes: Array<string> = []
  const noted = ({ message }: CheckpointLogError) => Effect.sync(() => void notes.push(message))

  const endMs = yield* Clock.currentTimeMillis
  const earlier = yield* log.latest.pipe(
    Effect.catch((error) => Effect.as(noted(error), [] as ReadonlyArray<CheckpointRecord>))
  )
  const record = checkpointRecordOf({ ...run, endMs }, earlier)
  yield* Effect.catch(log.append(record), noted)

  const values = valuesOf(record, startupSeconds)
  if (values !== undefined) yield* metrics.push(values)

  const { en, zh } = checkpointSentence(record)
  const { mock, status } = record
  if (!mock && (status === "failed" || status === "late")) {
    const news = { tag: tags[status], code: record.exit_code, message: `${en}\n${zh}`, request: run.request }
    notes.push(...(yield* operators.notify(news)))
  }
  const report: CheckpointReport = { record, line: en, notes }
  return report
})
