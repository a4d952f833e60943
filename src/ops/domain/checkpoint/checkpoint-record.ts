import { Schema } from "effect"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { runbookExits } from "../exit-codes.ts"
import type { LiveRequest } from "../live-flags.ts"
import type { RunResult } from "../run-result.ts"
import { profiles, windows } from "../runbook-words.ts"
import { checkpointDeadlineMs } from "./checkpoint-deadline.ts"

/**
 * `passed`: every check held in time. `late`: every check held, for the first time after the deadline. `failed`: a
 * check did not hold. `no_session`: nothing to check today. `interrupted`: an operator ended it with Ctrl-C.
 */
const checkpointStatuses = ["passed", "late", "failed", "no_session", "interrupted"] as const

/** One check. `message`: why it failed, in one sentence; empty otherwise. */
const CheckpointCheck = Schema.Struct({
  check: Schema.String,
  result: Schema.Literals(["passed", "failed", "not_run"]),
  message: Schema.String
})
type CheckpointCheck = typeof CheckpointCheck.Type

/**
 * One run of the T-5 checkpoint: a line of `t5_checkpoint.log`.
 * Units: `timestamp` (the end of the run) and `deadline` are ISO 8601 in Asia/Shanghai, `duration_s` is seconds.
 * Shape: `deadline_met` is null where the deadline does not matter. Errors: decoding fails with `SchemaError`.
 */
export const CheckpointRecord = Schema.Struct({
  timestamp: Schema.String,
  session: Schema.Literals(Object.keys(windows) as ReadonlyArray<keyof typeof windows>),
  profile: Schema.Literals(profiles),
  mock: Schema.Boolean,
  status: Schema.Literals(checkpointStatuses),
  deadline: Schema.String,
  deadline_met: Schema.NullOr(Schema.Boolean),
  exit_code: Schema.Number,
  duration_s: Schema.Number,
  checks: Schema.Array(CheckpointCheck)
})
export type CheckpointRecord = typeof CheckpointRecord.Type

/** How a checkpoint's plan ended. `endMs`: epoch milliseconds. */
export interface CheckpointRun {
  readonly request: LiveRequest
  readonly result: RunResult
  readonly endMs: number
  readonly seconds: number
}

/** Stages before the one that ended the run have held; those after it were not run. */
const checksOf = ({ end, plan, stage, why }: RunResult): ReadonlyArray<CheckpointCheck> => {
  const last = end === "succeeded" ? plan.length : plan.indexOf(stage)
  return plan.map((check, at): CheckpointCheck => {
    if (at < last) return { check, result: "passed", message: "" }
    if (at > last || end === "noSession") return { check, result: "not_run", message: "" }
    return { check, result: "failed", message: why }
  })
}

const statusOf = ({ end, exit }: RunResult, isInTime: boolean): CheckpointRecord["status"] => {
  if (end === "noSession") return "no_session"
  if (end === "succeeded") return isInTime ? "passed" : "late"
  return exit === "interrupted" ? "interrupted" : "failed"
}

/**
 * The record of a run. A session that has passed in time has met its deadline, whatever runs later: `earlier` are the
 * records so far.
 */
export const checkpointRecordOf = (
  { endMs, request, result, seconds }: CheckpointRun,
  earlier: ReadonlyArray<CheckpointRecord>
): CheckpointRecord => {
  const deadlineMs = checkpointDeadlineMs(request.window, endMs)
  const deadline = shanghaiIso(deadlineMs)
  const hasPassed = earlier.some(
    (one) =>
      one.session === request.window &&
      one.deadline === deadline &&
      one.status === "passed" &&
      one.profile === request.profile &&
      one.mock === request.mock
  )
  const isInTime = endMs <= deadlineMs || hasPassed
  const status = statusOf(result, isInTime)
  return {
    timestamp: shanghaiIso(endMs),
    session: request.window,
    profile: request.profile,
    mock: request.mock,
    status,
    deadline,
    deadline_met: status === "passed" || status === "late" ? isInTime : status === "failed" ? false : null,
    exit_code: runbookExits[result.exit].code,
    duration_s: seconds,
    checks: checksOf(result)
  }
}
