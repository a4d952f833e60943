import type { Bilingual } from "../../../kernel/bilingual.ts"
import { windowAt } from "../../../kernel/time/session-window.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { Language } from "../notify/notification.ts"
import type { GapFact, IncidentFacts } from "./incident-facts.ts"
import { followUpsOf, outcomeOf, quietTrigger } from "./incident-words.ts"
import { mergeTimeline, type TimelineFact, type TimeRange } from "./timeline.ts"

/** What an operator said when the incident was opened or closed. */
export interface IncidentHead {
  readonly id: string
  readonly title: string
  readonly severity: string
  readonly openedBy: string
  /** The outcome as it was stored at the end; null while the incident is open. */
  readonly resolution: string | null
}

/**
 * The template of the runbook, section 7: `incident` has exactly its keys, in its order. `evidence` is what it was
 * filled from. Units: times ISO 8601 in Asia/Shanghai; `md_failover_latency_ms` milliseconds, null without a failover;
 * `md_runbook_exit_code` of the last runbook in the range, null when none ran.
 */
export interface IncidentReport {
  readonly incident: {
    readonly date_time: string
    readonly session: string
    readonly operator: string
    readonly trigger: string
    readonly actions: ReadonlyArray<string>
    readonly metrics: readonly [
      { readonly md_runbook_exit_code: number | null },
      { readonly md_failover_latency_ms: number | null }
    ]
    readonly outcome: string
    readonly follow_ups: ReadonlyArray<string>
    readonly audit_files: ReadonlyArray<string>
  }
  readonly evidence: {
    readonly id: string | null
    readonly title: string | null
    readonly severity: string | null
    readonly from: string
    readonly to: string
    readonly timeline: ReadonlyArray<{
      readonly at: string
      readonly kind: string
      readonly subject: string
      readonly text: string
    }>
    readonly gaps: ReadonlyArray<{
      readonly id: string
      readonly feed: string
      readonly instrument: string | null
      readonly cause: string
      readonly from: string
      readonly to: string | null
      readonly ms: number | null
      readonly ticks: number | null
      readonly covered_by: string | null
    }>
    readonly certificates: ReadonlyArray<{
      readonly trading_day: string
      readonly session: string
      readonly feed: string
      readonly issued: string
      readonly complete: boolean
      readonly because: ReadonlyArray<string>
    }>
    readonly quarantine: ReadonlyArray<{ readonly reason: string; readonly count: number }>
    readonly notes: ReadonlyArray<string>
  }
}

/** The last tick before a gap is older than the fault that an operator injected. */
const drillLagMs = 5000

/** The first fact that can be the cause; an injected fault right behind it explains it. */
const triggerOf = (timeline: ReadonlyArray<TimelineFact>): TimelineFact | undefined => {
  const first = timeline.find(({ isTrouble }) => isTrouble)
  const drill = timeline.find(({ isDrill }) => isDrill === true)
  if (drill !== undefined && first !== undefined && drill.atMs - first.atMs <= drillLagMs) return drill
  return first ?? timeline.find(({ isAction }) => isAction)
}

const lastOf = <A extends { readonly atMs: number }>(items: ReadonlyArray<A>): A | undefined =>
  items.reduce<A | undefined>((last, item) => (last === undefined || item.atMs >= last.atMs ? item : last), undefined)

const gapLine = (gap: GapFact) => ({
  id: gap.id,
  feed: gap.feed,
  instrument: gap.instrument,
  cause: gap.cause,
  from: shanghaiIso(gap.fromMs),
  to: gap.toMs === null ? null : shanghaiIso(gap.toMs),
  ms: gap.toMs === null ? null : Math.round(gap.toMs - gap.fromMs),
  ticks: gap.count,
  covered_by: gap.coveredBy
})

/** Fills the template from facts. `reporter`: the operator when no command was sent in the range. */
export const incidentReport = (
  facts: IncidentFacts,
  range: TimeRange,
  language: Language,
  reporter: string,
  head?: IncidentHead
): IncidentReport => {
  const say = (text: Bilingual) => text[language]
  const timeline = mergeTimeline(facts.timeline, range)
  const trigger = triggerOf(timeline)
  const gaps = facts.gaps.toSorted((a, b) => a.fromMs - b.fromMs)
  const atMs = trigger?.atMs ?? range.fromMs
  const operators = [...new Set(timeline.flatMap(({ operator }) => operator ?? []))]
  const failover = lastOf(facts.switches.filter(({ kind, result }) => kind === "failover" && result === "committed"))
  const triggerText = say(trigger?.text ?? quietTrigger)
  return {
    incident: {
      date_time: shanghaiIso(atMs),
      session: windowAt(atMs),
      operator: operators.length > 0 ? operators.join(", ") : (head?.openedBy ?? reporter),
      trigger: head === undefined ? triggerText : `${head.title}: ${triggerText}`,
      actions: timeline.flatMap((fact) => (fact.isAction ? [`${shanghaiIso(fact.atMs)} ${say(fact.text)}`] : [])),
      metrics: [
        { md_runbook_exit_code: lastOf(facts.runs)?.exitCode ?? null },
        { md_failover_latency_ms: failover?.latencyMs ?? null }
      ],
      outcome: head?.resolution ?? say(outcomeOf(facts)),
      follow_ups: followUpsOf(facts).map(say),
      audit_files: facts.auditFiles
    },
    evidence: {
      id: head?.id ?? null,
      title: head?.title ?? null,
      severity: head?.severity ?? null,
      from: shanghaiIso(range.fromMs),
      to: shanghaiIso(range.toMs),
      timeline: timeline.map((fact) => ({
        at: shanghaiIso(fact.atMs),
        kind: fact.kind,
        subject: fact.subject,
        text: say(fact.text)
      })),
      gaps: gaps.map(gapLine),
      certificates: facts.certificates.map(({ because, complete, feed, issuedMs, session, tradingDay }) => ({
        trading_day: tradingDay,
        session,
        feed,
        issued: shanghaiIso(issuedMs),
        complete,
        because
      })),
      quarantine: facts.quarantine,
      notes: facts.notes.map(say)
    }
  }
}
