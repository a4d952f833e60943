import { Option, Schema } from "effect"
import {
  accountBreakerKey,
  BreakerRecord,
  KillSwitchRecord,
  MonitorRecord,
  strategyBreakerKey,
  symbolBreakerKey
} from "../../../protocol/trading/safety.ts"
import { type TripReason, tripReasons } from "../../domain/risk/safety.ts"
import type { Breaker } from "../../domain/safety/breaker.ts"
import type { KillSwitch } from "../../domain/safety/kill-switch.ts"
import type { BreakerScope } from "../../ports/safety-state.ts"

const timeText = (atMs: number): string => new Date(atMs).toISOString()
const timeOf = (text: string | null): number | undefined => (text === null ? undefined : Date.parse(text))
const textOrNull = (atMs: number | undefined): string | null => (atMs === undefined ? null : timeText(atMs))

const readKillSwitch = Schema.decodeUnknownOption(Schema.fromJsonString(KillSwitchRecord))
const readBreaker = Schema.decodeUnknownOption(Schema.fromJsonString(BreakerRecord))
const readMonitor = Schema.decodeUnknownOption(Schema.fromJsonString(MonitorRecord))

export const killSwitchText = (now: KillSwitch): string => {
  const engaged = now.state === "engaged"
  const [at, by, reason] = [timeText(now.changedAtMs), now.changedBy, now.reason]
  return JSON.stringify({
    version: 1,
    state: engaged ? "ENGAGED" : "ACTIVE",
    scope: now.scope,
    engaged_at: engaged ? at : null,
    engaged_by: engaged ? by : null,
    engagement_reason: engaged ? reason : null,
    disengaged_at: engaged ? null : at,
    disengaged_by: engaged ? null : by,
    disengagement_reason: engaged ? null : reason,
    engagement_count_today: now.engagementsToday,
    day: now.day
  } satisfies KillSwitchRecord)
}

/** Undefined: not a record of this version, or one that contradicts itself. */
export const killSwitchOf = (text: string): KillSwitch | undefined => {
  const record = Option.getOrUndefined(readKillSwitch(text))
  if (record === undefined) return undefined
  const engaged = record.state === "ENGAGED"
  const atMs = timeOf(engaged ? record.engaged_at : record.disengaged_at)
  const by = engaged ? record.engaged_by : record.disengaged_by
  const reason = engaged ? record.engagement_reason : record.disengagement_reason
  if (atMs === undefined || Number.isNaN(atMs) || by === null || reason === null) return undefined
  return {
    state: engaged ? "engaged" : "active",
    scope: record.scope,
    reason,
    changedBy: by,
    changedAtMs: atMs,
    engagementsToday: record.engagement_count_today,
    day: record.day
  }
}

const breakerWords = { open: "OPEN", tripped: "TRIPPED", quietPeriod: "QUIET_PERIOD" } as const
const breakerStates = { OPEN: "open", TRIPPED: "tripped", QUIET_PERIOD: "quietPeriod" } as const

export const breakerText = (now: Breaker): string =>
  JSON.stringify({
    version: 1,
    state: breakerWords[now.state],
    tripped_at: textOrNull(now.trippedAtMs),
    trip_reason: now.tripReason ?? null,
    trip_details: now.tripDetails,
    reset_at: textOrNull(now.resetAtMs),
    reset_by: now.resetBy,
    trip_count_today: now.tripsToday,
    day: now.day
  } satisfies BreakerRecord)

const isTripReason = (text: string): text is TripReason => (tripReasons as ReadonlyArray<string>).includes(text)

/** Undefined: not a record of this version, or one that contradicts itself. */
export const breakerOf = (text: string): Breaker | undefined => {
  const record = Option.getOrUndefined(readBreaker(text))
  if (record === undefined) return undefined
  const { trip_reason: reason } = record
  if (reason !== null && !isTripReason(reason)) return undefined
  const [trippedAtMs, resetAtMs] = [timeOf(record.tripped_at), timeOf(record.reset_at)]
  if (Number.isNaN(trippedAtMs) || Number.isNaN(resetAtMs)) return undefined
  if (record.state === "TRIPPED" && trippedAtMs === undefined) return undefined
  // Without its beginning a quiet period has no end.
  if (record.state === "QUIET_PERIOD" && resetAtMs === undefined) return undefined
  return {
    state: breakerStates[record.state],
    trippedAtMs,
    tripReason: reason ?? undefined,
    tripDetails: record.trip_details,
    resetAtMs,
    resetBy: record.reset_by,
    tripsToday: record.trip_count_today,
    day: record.day
  }
}

export const monitorText = (record: Omit<MonitorRecord, "version" | "renewed">, atMs: number): string =>
  JSON.stringify({ version: 1, ...record, renewed: timeText(atMs) } satisfies MonitorRecord)
export const isMonitorText = (text: string): boolean => Option.isSome(readMonitor(text))

export const breakerKey = (scope: BreakerScope): string =>
  scope.level === "account"
    ? accountBreakerKey
    : scope.level === "strategy"
      ? strategyBreakerKey(scope.strategyId)
      : symbolBreakerKey(scope.symbol)

/** `account`, `strategy.alpha`, `symbol.AAPL`: the key without its head. */
export const scopeText = (scope: BreakerScope): string => breakerKey(scope).slice("breaker.".length)
