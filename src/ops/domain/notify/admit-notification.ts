import { RateWindow } from "../../../kernel/limits/rate-window.ts"
import type { ChannelName, Notification } from "./notification.ts"

/** An earlier notification of a channel. Failed ones count for the rate, because the receiver counts them too. */
export interface PastNotification {
  readonly channel: ChannelName
  readonly key: string
  readonly atMs: number
  readonly sent: boolean
}

/** How often each result has occurred on a channel since its history began. */
interface ChannelTotals {
  readonly sent: number
  readonly duplicate: number
  readonly limited: number
  readonly failed: number
}
export type NotifyResult = keyof ChannelTotals
export type NotifyTotals = Readonly<Partial<Record<ChannelName, ChannelTotals>>>

const noTotals: ChannelTotals = { sent: 0, duplicate: 0, limited: 0, failed: 0 }

/** The totals with one more of each given result. */
export const withResults = (
  totals: NotifyTotals,
  results: ReadonlyArray<{ readonly channel: ChannelName; readonly result: NotifyResult }>
): NotifyTotals =>
  results.reduce((sum, { channel, result }) => {
    const own = sum[channel] ?? noTotals
    return { ...sum, [channel]: { ...own, [result]: own[result] + 1 } }
  }, totals)

export interface NotifyLimits {
  /** A second notification with the same key is not sent within this time. 0: each is sent. */
  readonly dedupeMs: number
  /** Largest number for one channel within any minute. */
  readonly perMinute: number
}

export type Admission =
  | { readonly verdict: "send" }
  | { readonly verdict: "duplicate"; readonly ageMs: number }
  | { readonly verdict: "limited"; readonly waitMs: number }

const minuteMs = 60_000

/** The same marker of the same daemon. Another level is not the same: a warning that becomes critical, or the end. */
export const keyOf = ({ instance, level, tag }: Pick<Notification, "instance" | "level" | "tag">): string =>
  `${tag} ${instance} ${level}`

/** Whether a channel may send now. Entries with a time in the future are left out: the clock was set back. */
export const admit = (
  past: ReadonlyArray<PastNotification>,
  channel: ChannelName,
  key: string,
  nowMs: number,
  limits: NotifyLimits
): Admission => {
  const own = past.filter((entry) => entry.channel === channel && entry.atMs <= nowMs)
  const same = own.filter((entry) => entry.sent && entry.key === key && nowMs - entry.atMs < limits.dedupeMs)
  if (same.length > 0) {
    return { verdict: "duplicate", ageMs: nowMs - Math.max(...same.map(({ atMs }) => atMs)) }
  }
  const window = new RateWindow(minuteMs)
  for (const { atMs } of own.toSorted((one, other) => one.atMs - other.atMs)) window.add(atMs, 1)
  return window.admit(nowMs, 1, limits.perMinute)
    ? { verdict: "send" }
    : { verdict: "limited", waitMs: window.waitMs(nowMs) }
}
