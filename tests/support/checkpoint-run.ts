import type { CheckpointRun } from "../../src/ops/domain/checkpoint/checkpoint-record.ts"
import type { LiveRequest } from "../../src/ops/domain/live-flags.ts"
import type { RunResult } from "../../src/ops/domain/run-result.ts"

/** A moment in Shanghai, on 2026-11-30 unless the text has a date. */
export const shanghai = (text: string): number =>
  Date.parse(`${text.includes("T") ? text : `2026-11-30T${text}`}+08:00`)

/** A checkpoint of the day session that has passed at 08:51. */
export const checkpointRunOf = ({
  at = "08:51:00",
  request = {},
  result = {}
}: {
  readonly at?: string
  readonly request?: Partial<LiveRequest>
  readonly result?: Partial<RunResult>
} = {}): CheckpointRun => ({
  endMs: shanghai(at),
  seconds: 4.2,
  request: {
    command: "checkpoint",
    window: "day",
    profile: "live",
    config: "primary",
    logDir: "logs/runbooks",
    envFile: undefined,
    skipLive: false,
    mock: false,
    debug: false,
    ...request
  } as LiveRequest,
  result: {
    command: "checkpoint",
    end: "succeeded",
    exit: "ok",
    why: "",
    stage: "checkAll",
    plan: ["validate", "preflight", "checkAll"],
    facts: {},
    changed: false,
    ...result
  }
})

/** The same with a check that failed. */
export const failedRun = { end: "failed", exit: "subscription", why: "Coverage is 98.0 %" } as const
