import { decimalText } from "../../../kernel/decimal.ts"
import type { BreakerMessage, KillSwitchMessage, SafetyHistoryReply } from "../../../protocol/trading/safety-control.ts"
import { type Breaker, viewOf, wordOf } from "../../domain/safety/breaker.ts"
import type { KillSwitch } from "../../domain/safety/kill-switch.ts"
import type { BreakerStatus, SafetyStatus } from "../../ports/safety.ts"
import { utcOrNull, utcText } from "./words.ts"

/** The kill switch on the wire, in the reference's words. */
export const killSwitchMessage = (now: KillSwitch | { readonly unknown: string }): KillSwitchMessage => {
  const none = { engaged_at: null, engaged_by: null, engagement_reason: null }
  const open = { disengaged_at: null, disengaged_by: null, disengagement_reason: null }
  if ("unknown" in now) {
    const gone = { scope: null, engagement_count_today: null, day: null, cause: now.unknown }
    return { version: 1, state: "UNKNOWN", ...none, ...open, ...gone }
  }
  const { changedAtMs, changedBy, day, engagementsToday, reason, scope } = now
  const at = utcText(changedAtMs)
  const common = { version: 1 as const, scope, engagement_count_today: engagementsToday, day, cause: null }
  return now.state === "engaged"
    ? { ...common, state: "ENGAGED", ...open, engaged_at: at, engaged_by: changedBy, engagement_reason: reason }
    : { ...common, state: "ACTIVE", ...none, disengaged_at: at, disengaged_by: changedBy, disengagement_reason: reason }
}

/** A breaker that has a record. `causeHolds` undefined: not known. */
export const breakerMessage = (
  breaker: string,
  now: Breaker,
  nowMs: number,
  causeHolds: boolean | undefined
): BreakerMessage => {
  const view = viewOf(now, nowMs)
  return {
    version: 1,
    breaker,
    state: wordOf(now, nowMs),
    tripped_at: utcOrNull(now.trippedAtMs),
    trip_reason: now.tripReason ?? null,
    trip_details: now.tripDetails,
    reset_at: utcOrNull(now.resetAtMs),
    reset_by: now.resetBy,
    trip_count_today: now.tripsToday,
    day: now.day,
    quiet_seconds_left: view.state === "quietPeriod" ? view.secondsLeft : 0,
    cause_holds: causeHolds ?? null
  }
}

const unknownBreaker = ({ detail, scope }: BreakerStatus): BreakerMessage => ({
  version: 1,
  breaker: scope,
  state: "UNKNOWN",
  tripped_at: null,
  trip_reason: null,
  trip_details: detail,
  reset_at: null,
  reset_by: "",
  trip_count_today: null,
  day: null,
  quiet_seconds_left: 0,
  cause_holds: null
})

export const breakerStatusMessage = (status: BreakerStatus, nowMs: number): BreakerMessage =>
  status.breaker === undefined
    ? unknownBreaker(status)
    : breakerMessage(status.scope, status.breaker, nowMs, status.causeHolds)

/** The account's breaker as the status has it; without one the gate is closed. */
export const accountWord = ({ breakers }: SafetyStatus): BreakerStatus["word"] =>
  breakers.find(({ scope }) => scope === "account")?.word ?? "UNKNOWN"

export const monitorMessage = ({ finding, monitorSilentMs }: SafetyStatus) => {
  const baseline = finding?.baseline
  const equity = finding?.seen.equity
  return {
    silent_ms: monitorSilentMs === undefined ? null : Math.round(monitorSilentMs),
    at: utcOrNull(finding?.atMs),
    trips: finding?.trips.map(({ details, reason }) => ({ reason, details })) ?? [],
    equity: equity === undefined ? null : decimalText(equity),
    day: baseline?.day ?? null,
    equity_at_start: baseline === undefined ? null : decimalText(baseline.equityAtStart),
    peak: baseline === undefined ? null : decimalText(baseline.peak)
  }
}

/** A row of the journal as it was written; undefined: not one of these commands. */
export const safetyRow = (
  body: string,
  commands: ReadonlySet<string>
): SafetyHistoryReply["entries"][number] | undefined => {
  let row: Record<string, unknown>
  try {
    row = JSON.parse(body)
  } catch {
    return undefined
  }
  const text = (name: string): string => String(row[name] ?? "")
  if (!commands.has(text("command"))) return undefined
  return {
    at: utcText(Number(row["atMs"])),
    command: text("command"),
    step: text("step"),
    scope: text("scope"),
    by: text("by"),
    reason: text("reason"),
    details: text("details")
  }
}
