import type { Stage } from "../plan.ts"

/** One condition on a label of an alert. A pattern must match the whole value. */
export interface LabelMatcher {
  readonly label: string
  readonly value: string
  readonly isPattern: boolean
}

/** Alerts that meet every matcher are not delivered until `endMs` (epoch milliseconds), or until it is removed. */
export interface Silence {
  readonly matchers: readonly [LabelMatcher, ...ReadonlyArray<LabelMatcher>]
  /** What a person reads of it, and by which it is found again. */
  readonly reason: string
  /** `user@host` */
  readonly author: string
  readonly endMs: number
}

/**
 * The alerts that the two switches of a drill can cause; docs/operations/drill.md has the reasons. The drill checks the
 * same things itself, reports them and leads back. No alert of an outage or of lost ticks is among them, and neither is
 * the one that reports a failed drill.
 */
const silencedAlerts = [
  "MD_Feed_Silent",
  "MD_Failover_Required",
  "MD_Failover_Latency_High",
  "MD_Redundancy_Lost",
  "MD_Subscription_Coverage_Drop",
  "MD_Contracts_Stalled",
  "MD_Main_Contract_Stalled"
]

/** After the last deadline of a drill; a clock of another machine may be this much ahead. */
const slackMs = 60_000

/** Time from stage `index` on until a drill is over in any case, with its rollback. It ends a silence after a kill. */
export const backstopMs = (stages: ReadonlyArray<Stage>, index: number, afterStagesMs: number): number =>
  stages.slice(index).reduce((sum, { attemptsMax, deadlineMs }) => sum + attemptsMax * deadlineMs, 0) +
  afterStagesMs +
  slackMs

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
const oneOf = (texts: ReadonlyArray<string>): string => texts.map(escaped).join("|")

/** By this reason the silence of a run is found again; `id` is the name of the run in its journal. */
export const silenceReason = (id: string): string => `Failover drill 故障演练 (${id})`

/** `targets`: the names under which a Prometheus may scrape this daemon, as `HOST:PORT`. */
export const drillSilence = (options: {
  readonly id: string
  readonly author: string
  readonly targets: ReadonlyArray<string>
  readonly endMs: number
}): Silence => ({
  matchers: [
    { label: "alertname", value: oneOf(silencedAlerts), isPattern: true },
    { label: "instance", value: oneOf(options.targets), isPattern: true }
  ],
  reason: silenceReason(options.id),
  author: options.author,
  endMs: options.endMs
})
