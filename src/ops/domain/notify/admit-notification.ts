import { RateWindow } from "../../../kernel/limits/rate-window.ts"
import type { ChannelName, Notification } from "./notification.ts"

/** An earlier notification of a channel. Failed ones count for the rate, because the receiver counts them too. */
export interface PastNotification {
  readonly channel: ChannelName
  readonly key: string
  readonly atMs: number
  readonly sent: boolean
}

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

/** The same marker of the same daemon. The end of a fault (code 0) is not the same as the fault. */
export const keyOf = ({ code, instance, tag }: Pick<Notification, "code" | "instance" | "tag">): string =>
  `${tag} ${instance} ${code === 0 ? "done" : "fault"}`

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
