import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { runbookExits } from "../exit-codes.ts"
import type { LiveRequest } from "../live-flags.ts"
import type { RunResult } from "../run-result.ts"
import type { StageNote } from "./drill-journal.ts"
import type { DrillEvidence } from "./evidence.ts"

/** One stage as it ran. `endMs` undefined: it was still running at the end. Times are epoch milliseconds. */
export interface StageRun {
  readonly stage: string
  readonly startMs: number
  readonly endMs: number | undefined
  readonly limitMs: number
  readonly passed: boolean
}

export interface DrillFacts {
  readonly request: LiveRequest
  readonly result: RunResult
  readonly operator: string
  readonly startMs: number
  readonly endMs: number
  readonly stages: ReadonlyArray<StageRun>
  readonly notes: ReadonlyMap<string, StageNote>
  readonly forcedOver: ReadonlyArray<string>
  readonly evidence: DrillEvidence | undefined
}

const iso = (epochMs: number | undefined): string | null => (epochMs === undefined ? null : shanghaiIso(epochMs))
const whole = (ms: number): number => Math.round(ms)

/** The report of a drill as JSON. Times are ISO 8601 in Asia/Shanghai, durations milliseconds. */
export const drillReport = (facts: DrillFacts) => {
  const { evidence, request, result, stages } = facts
  return {
    version: 1,
    passed: result.end === "succeeded",
    end: result.end,
    exit_code: runbookExits[result.exit].code,
    failed_stage: result.end === "succeeded" ? null : result.stage,
    why: result.why === "" ? null : result.why,
    operator: facts.operator,
    window: request.window,
    profile: request.profile,
    mock: request.mock,
    forced: request.force,
    force_reason: request.reason ?? null,
    forced_over: facts.forcedOver,
    started_at: iso(facts.startMs),
    ended_at: iso(facts.endMs),
    failover_ms: result.facts.failoverMs ?? null,
    failback_ms: result.facts.failbackMs ?? null,
    stages: stages.map(({ endMs, limitMs, passed, stage, startMs }) => ({
      stage,
      started_at: iso(startMs),
      ended_at: iso(endMs),
      took_ms: endMs === undefined ? null : whole(endMs - startMs),
      limit_ms: limitMs,
      verdict: passed ? "passed" : "failed",
      found: facts.notes.get(stage) ?? {}
    })),
    evidence:
      evidence === undefined
        ? null
        : {
            ticks: evidence.ticks,
            ticks_by_feed: evidence.ticksByFeed,
            instruments: evidence.instruments,
            lost: evidence.lost,
            repeated: evidence.repeated,
            out_of_order: evidence.outOfOrder,
            unknown_gaps: evidence.unknownGaps,
            expired: evidence.expired,
            stream_resets: evidence.streamResets,
            reader_outages: evidence.readerOutages,
            unreadable: evidence.unreadable,
            gap_records_read: evidence.gapRecordsRead,
            first_stream_sequence: evidence.firstSequence,
            last_stream_sequence: evidence.lastSequence,
            longest_gaps: evidence.longestGaps.map(({ ms, subject, untilMs }) => ({
              subject,
              ms: whole(ms),
              until: iso(untilMs)
            })),
            examples: evidence.examples
          }
  } as const
}
export type DrillReport = ReturnType<typeof drillReport>

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")
const row = (...cells: ReadonlyArray<string | number | null>): string =>
  `| ${cells.map((each) => cell(String(each ?? "-"))).join(" | ")} |`

const foundText = (found: StageNote): string =>
  Object.entries(found)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join("; ") : String(value)}`)
    .join(", ")

const evidenceRows = (evidence: NonNullable<DrillReport["evidence"]>): ReadonlyArray<string> => [
  row("ticks 行情数", evidence.ticks),
  row("instruments 合约数", evidence.instruments),
  row("lost 丢失", evidence.lost),
  row("twice 重复", evidence.repeated),
  row("out of order 乱序", evidence.out_of_order),
  row("gaps of unknown size 未知大小的缺口", evidence.unknown_gaps),
  row("reader outages 读取端断线", evidence.reader_outages),
  row("stream sequences 流序号", `${evidence.first_stream_sequence ?? "-"} … ${evidence.last_stream_sequence ?? "-"}`)
]

/** The same for people, with headings in both languages. */
export const drillMarkdown = (report: DrillReport): string => {
  const { evidence } = report
  return [
    `# Failover drill 故障演练 ${report.started_at}`,
    "",
    `**${report.passed ? "PASSED 通过" : "FAILED 未通过"}**, exit code 退出码 ${report.exit_code}${report.why === null ? "" : `: ${report.why}`}`,
    "",
    row("item 项目", "value 值"),
    "|---|---|",
    row("operator 操作人", report.operator),
    row("window, profile 时段与环境", `${report.window}, ${report.profile}${report.mock ? ", mock" : ""}`),
    row("end 结束时间", report.ended_at),
    row("failover 切换", report.failover_ms === null ? null : `${report.failover_ms} ms`),
    row("failback 切回", report.failback_ms === null ? null : `${report.failback_ms} ms`),
    ...(report.forced
      ? [
          row("force reason 强制原因", report.force_reason),
          row("forced over 越过的拒绝理由", report.forced_over.length === 0 ? null : report.forced_over.join("; "))
        ]
      : []),
    "",
    "## Stages 各阶段",
    "",
    row("stage 阶段", "begin 开始", "took 用时 ms", "limit 时限 ms", "verdict 结论", "found 发现"),
    "|---|---|--:|--:|---|---|",
    ...report.stages.map(({ found, limit_ms, stage, started_at, took_ms, verdict }) =>
      row(stage, started_at, took_ms, limit_ms, verdict === "passed" ? "passed 通过" : "failed 失败", foundText(found))
    ),
    "",
    "## Stream evidence 流的证据",
    "",
    ...(evidence === null
      ? ["The stream was not read. 未读取流。"]
      : [
          row("figure 统计", "value 值"),
          "|---|--:|",
          ...evidenceRows(evidence),
          "",
          "## Longest gaps 最长间隔",
          "",
          row("instrument 合约", "ms", "until 截止"),
          "|---|--:|---|",
          ...evidence.longest_gaps.map(({ ms, subject, until }) => row(subject, ms, until)),
          ...evidence.examples.map((example) => `\n- ${example}`)
        ]),
    ""
  ].join("\n")
}

/** `drill-YYYYMMDD-HHMMSS`, the time in Shanghai. */
export const drillReportName = (startMs: number): string => {
  const [day = "", time = ""] = shanghaiIso(startMs).split("T")
  return `drill-${day.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}`
}
