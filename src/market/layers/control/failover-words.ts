import type { SwitchRecord, SwitchRefusal } from "../../../kernel/feed-switch.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { SwitchMessage } from "../../../protocol/market/failover.ts"

const latencyMs = ({ askedMs, committedMs }: SwitchRecord): number | null =>
  committedMs === undefined ? null : Math.round(committedMs - askedMs)

export const switchMessage = (record: SwitchRecord): SwitchMessage => ({
  id: record.id,
  kind: record.kind,
  from: record.from,
  to: record.to,
  cause: record.cause,
  forced: record.force,
  result: record.result,
  asked_at: shanghaiIso(record.askedMs),
  committed_at: record.committedMs === undefined ? null : shanghaiIso(record.committedMs),
  ended_at: shanghaiIso(record.endedMs),
  latency_ms: latencyMs(record),
  gap_ms: record.gapMs === undefined ? null : Math.round(record.gapMs),
  why: record.why ?? null
})

/** The switch in one sentence; of one that committed it begins with what scripts look for. */
export const switchSentence = (record: SwitchRecord): string => {
  const { cause, from, gapMs, kind, result, to, why } = record
  if (result === "cancelled")
    return `The switch to ${to} was cancelled, ${from} stays active: ${why ?? "no reason given"}`
  if (result === "rolled_back")
    return `The switch to ${to} was rolled back, ${from} stays active: ${why ?? "no reason given"}`
  const what = cause === "drill" ? `Drill ${kind}` : kind === "failover" ? "Failover" : "Failback"
  const gap = gapMs === undefined ? `${from} had sent none` : `${Math.round(gapMs)} ms after the last of ${from}`
  return `${what} completed in ${latencyMs(record)}ms: ${to} is active, its first valid tick came ${gap}`
}

/** Why a switch to `to` is not begun, with what can be done about it. */
export const refusalSentence = (code: SwitchRefusal, to: string): string => {
  switch (code) {
    case "ALREADY_ACTIVE":
      return `${to} is the active feed already: nothing was done.`
    case "FEED_NOT_HEALTHY":
      return `${to} is not logged in, is silent, or failed a short time ago: look at 'tickd status', or send the command with force.`
    case "SWITCH_HELD":
      return "A hold is on: release it with 'tickd failover-release', or send the command with force."
    case "SWITCH_BUSY":
      return "Another switch is under way: send the command again when it has ended, see 'tickd status'."
  }
}
