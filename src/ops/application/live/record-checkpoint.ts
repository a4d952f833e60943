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
import { RunLog } from "../../ports/run-log.ts"

/** Markers of the notifications. A late checkpoint has its own: its exit code is 0. */
const tags = { failed: "t5_checkpoint", late: "t5_checkpoint_late" } as const

/** Undefined: there is nothing to say, as on a holiday. */
const valuesOf = ({ mock, status }: CheckpointRecord): PushedValues | undefined =>
  mock || status === "no_session" || status === "interrupted"
    ? undefined
    : { md_t5_checkpoint_status: status === "passed" ? 1 : 0 }

/**
 * Records a checkpoint when its plan is over: a line of its log, its metric, and a notification when a check failed or
 * the deadline has passed. Never fails. A mock touches the log only; a day without the session notifies no operator.
 */
export const recordCheckpoint = Effect.fnUntraced(function* (run: Omit<CheckpointRun, "endMs">) {
  const [log, metrics, operators, runLog] = [yield* CheckpointLog, yield* MetricsPush, yield* Operators, yield* RunLog]
  const noted = ({ message }: CheckpointLogError) => runLog.write("ERROR", message)

  const endMs = yield* Clock.currentTimeMillis
  const earlier = yield* log.latest.pipe(
    Effect.catch((error) => Effect.as(noted(error), [] as ReadonlyArray<CheckpointRecord>))
  )
  const record = checkpointRecordOf({ ...run, endMs }, earlier)
  yield* log.append(record).pipe(Effect.catch(noted))

  const values = valuesOf(record)
  if (values !== undefined) yield* metrics.push(values)

  const { en, zh } = checkpointSentence(record)
  const { exit_code: code, mock, status } = record
  const isBad = status === "failed" || status === "late"
  yield* runLog.mark(isBad ? "ERROR" : "INFO", en, code)
  if (mock || !isBad) return record
  const faults = yield* operators.notify({ tag: tags[status], code, message: `${en}\n${zh}`, request: run.request })
  yield* Effect.forEach(faults, (fault) => runLog.write("ERROR", fault, code), { discard: true })
  return record
})
