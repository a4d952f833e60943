import { Clock, Effect, Option, Result } from "effect"
import {
  admit,
  keyOf,
  type NotifyLimits,
  type NotifyResult,
  type NotifyTotals,
  type PastNotification
} from "../../domain/notify/admit-notification.ts"
import type { ChannelName, Language, Notification } from "../../domain/notify/notification.ts"
import { retryDelayMs } from "../../domain/notify/retry-delay.ts"
import { Notifier, type NotifyChannel } from "../../ports/notifier.ts"
import { NotifyHistory } from "../../ports/notify-history.ts"

export interface NotifyPolicy extends NotifyLimits {
  /** The whole notification ends within this time, milliseconds. */
  readonly deadlineMs: number
  readonly attemptsMost: number
}

/** `sent`, or why not. `duplicate` is no fault: the operator has the same notification already. */
export interface ChannelReport {
  readonly channel: ChannelName
  readonly result: NotifyResult
  readonly attempts: number
  /** One sentence for each failed attempt, and for what ended the attempts. */
  readonly failures: ReadonlyArray<string>
}

export interface NotifyReport {
  readonly channels: ReadonlyArray<ChannelReport>
  /** Faults of the history: they cost deduplication, never a notification. */
  readonly notes: ReadonlyArray<string>
  /** Results of each channel since its history began, this notification included. */
  readonly totals: NotifyTotals
}

const minuteMs = 60_000

/** Attempts until the channel confirms, refuses, or no time is left. */
const attempt = Effect.fnUntraced(function* (
  channel: NotifyChannel,
  notification: Notification,
  language: Language,
  policy: NotifyPolicy,
  endMs: number
) {
  const failures: Array<string> = []
  let attempts = 0
  const report = (result: "sent" | "failed"): ChannelReport => ({ channel: channel.name, result, attempts, failures })
  const deadline = `the deadline of ${policy.deadlineMs} ms has passed`
  while (true) {
    const leftMs = endMs - (yield* Clock.currentTimeMillis)
    if (leftMs <= 0) {
      failures.push(deadline)
      return report("failed")
    }
    attempts++
    const result = yield* Effect.timeoutOption(Effect.result(channel.deliver(notification, language)), leftMs)
    if (Option.isNone(result)) {
      failures.push(deadline)
      return report("failed")
    }
    if (Result.isSuccess(result.value)) return report("sent")
    const { message, retryAfterMs, retryable } = result.value.failure
    failures.push(message)
    if (!retryable || attempts >= policy.attemptsMost) return report("failed")
    const pauseMs = retryDelayMs(attempts, retryAfterMs)
    if ((yield* Clock.currentTimeMillis) + pauseMs >= endMs) {
      failures.push(`the next attempt would be in ${pauseMs} ms, after the deadline of ${policy.deadlineMs} ms`)
      return report("failed")
    }
    yield* Effect.sleep(pauseMs)
  }
})

/**
 * Sends a notification to the channels named in `wanted`, at the same time. Never fails and never takes longer than
 * its deadline: a caller that must go on, such as a runbook, can wait for it.
 */
export const sendNotification = Effect.fnUntraced(function* (
  notification: Notification,
  language: Language,
  wanted: ReadonlyArray<ChannelName>,
  policy: NotifyPolicy
) {
  const { channels } = yield* Notifier
  const history = yield* NotifyHistory
  const nowMs = yield* Clock.currentTimeMillis
  const notes: Array<string> = []
  const past = yield* Effect.catchTag(history.read, "NotifyHistoryError", ({ message }) => {
    notes.push(message)
    return Effect.succeed<ReadonlyArray<PastNotification>>([])
  })
  const key = keyOf(notification)
  const reports = yield* Effect.forEach(
    channels.filter(({ name }) => wanted.includes(name)),
    (channel): Effect.Effect<ChannelReport> => {
      const admission = admit(past, channel.name, key, nowMs, policy)
      const held = (result: "duplicate" | "limited", sentence: string): ChannelReport => ({
        channel: channel.name,
        result,
        attempts: 0,
        failures: [sentence]
      })
      switch (admission.verdict) {
        case "duplicate":
          return Effect.succeed(held("duplicate", `the same was sent ${Math.round(admission.ageMs / 1000)} s ago`))
        case "limited":
          return Effect.succeed(
            held("limited", `${policy.perMinute} in this minute; the next is allowed in ${admission.waitMs} ms`)
          )
        case "send":
          return attempt(channel, notification, language, policy, nowMs + policy.deadlineMs)
      }
    },
    { concurrency: "unbounded" }
  )
  const entries = reports.flatMap(
    ({ attempts, channel, result }): ReadonlyArray<PastNotification> =>
      attempts === 0 ? [] : [{ channel, key, atMs: nowMs, sent: result === "sent" }]
  )
  const totals = yield* Effect.catchTag(
    history.add(entries, reports, nowMs - Math.max(policy.dedupeMs, minuteMs)),
    "NotifyHistoryError",
    ({ message }) => {
      notes.push(message)
      return Effect.succeed<NotifyTotals>({})
    }
  )
  const report: NotifyReport = { channels: reports, notes, totals }
  return report
})
