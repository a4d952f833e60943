import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import { join } from "node:path"
import { Clock, Effect } from "effect"
import { besideStages } from "../../../../machines/ops/beside-stages.ts"
import { type RunContext, stageOf } from "../../../../machines/ops/run-setup.ts"
import { makeAuditFile } from "../../../platform/audit/audit-file.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import { writeDrillReport } from "../../adapters/files/drill-report-files.ts"
import type { DrillJournal } from "../../domain/drill/drill-journal.ts"
import { type DrillReport, drillReport, drillReportName, type StageRun } from "../../domain/drill/drill-report.ts"
import { type RunbookExitName, runbookExits } from "../../domain/exit-codes.ts"
import type { LiveRequest } from "../../domain/live-flags.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { RunResult } from "../../domain/run-result.ts"
import { RunLog } from "../../ports/run-log.ts"

/** One step of the machine of a drill. */
export interface DrillStep {
  readonly atMs: number
  readonly state: string
  readonly context: RunContext
}

/** The daemon holds the end of its own chain; the lock of the runbooks lets one drill at a time append to this one. */
const auditName = "audit-drills.jsonl"

const entryOf = (report: DrillReport, exit: RunbookExitName, path: string, sha256: string): AuditEntry => {
  const [user = "unknown", host = hostname()] = report.operator.split("@")
  const isRefused = exit === "drillRefused" || exit === "locked"
  return {
    version: 2,
    id: randomUUID(),
    at: report.ended_at ?? "",
    instance: hostname(),
    verb: "drill",
    result: report.passed ? "done" : isRefused ? "refused" : "failed",
    request: {
      window: report.window,
      profile: report.profile,
      forced: report.forced,
      exit_code: report.exit_code,
      report: path,
      sha256
    },
    request_id: null,
    reason: report.force_reason ?? "drill",
    by: { user: user.slice(0, 128), host: host.slice(0, 128), client: "tickd live" },
    code: report.passed ? null : exit,
    message: (report.why ?? "The drill has passed").slice(0, 500)
  }
}

/** Follows the steps of a drill, and writes its report when the machine has ended, whatever the end. */
export const makeDrillRecord = (options: {
  readonly settings: LiveSettings
  readonly request: LiveRequest
  /** `user@host` */
  readonly operator: string
  readonly journal: DrillJournal
}) => {
  const { journal, operator, request, settings } = options
  const stages: Array<StageRun> = []
  let startMs: number | undefined

  const onStep = ({ atMs, context, state }: DrillStep): void => {
    startMs ??= atMs
    const open = stages.at(-1)
    if (open !== undefined && open.endMs === undefined) {
      const isLast = state === "recording" || state === "ending" || state === "succeeded"
      const passed = besideStages.has(state)
        ? isLast && context.exit === "ok" && context.outcome === "succeeded"
        : stageOf(context).name !== open.stage
      stages[stages.length - 1] = { ...open, endMs: atMs, passed }
    }
    if (besideStages.has(state)) return
    const { deadlineMs, name } = stageOf(context)
    stages.push({ stage: name, startMs: atMs, endMs: undefined, limitMs: deadlineMs, passed: false })
  }

  /** Writes report and audit. Their faults are in the log and do not change the result of the drill. */
  const finish = (result: RunResult) =>
    Effect.gen(function* () {
      const log = yield* RunLog
      const endMs = yield* Clock.currentTimeMillis
      const began = startMs ?? endMs
      const report = drillReport({
        request,
        result,
        operator,
        startMs: began,
        endMs,
        stages,
        notes: journal.notes,
        forcedOver: journal.forcedOver,
        evidence: journal.readEvidence?.()
      })
      const { path, sha256 } = yield* writeDrillReport(settings.logDir, drillReportName(began), report)
      yield* log.write("INFO", `Drill report: ${path}`, runbookExits[result.exit].code)
      // A mock touches nothing outside of the log folder.
      if (request.mock) return
      const entry = entryOf(report, result.exit, path, sha256)
      const file = yield* Effect.try({
        try: () => makeAuditFile(join(settings.stateDir, auditName)),
        catch: (cause) => ({ message: `The audit of drills cannot be opened: ${String(cause)}` })
      })
      yield* file.append(entry)
    }).pipe(
      Effect.catch(({ message }) =>
        Effect.flatMap(RunLog, (log) => log.write("ERROR", message, runbookExits[result.exit].code))
      )
    )
  return { onStep, finish }
}
