// A runbook waits for this call: it must end, say what happened on each channel, and never fail.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { sendNotification } from "../../../../../src/ops/application/notify/send-notification.ts"
import { type PastNotification, withResults } from "../../../../../src/ops/domain/notify/admit-notification.ts"
import type { ChannelName } from "../../../../../src/ops/domain/notify/notification.ts"
import { Notifier, type NotifyChannel, NotifyError } from "../../../../../src/ops/ports/notifier.ts"
import { NotifyHistory, NotifyHistoryError } from "../../../../../src/ops/ports/notify-history.ts"
import { notificationOf } from "../../../../support/notification.ts"

const policy = { deadlineMs: 10_000, attemptsMost: 3, dedupeMs: 300_000, perMinute: 15 }
const fault = (channel: ChannelName, reason: NotifyError["reason"], retryAfterMs?: number) =>
  Effect.fail(
    new NotifyError({ channel, reason, message: `${reason}!`, ...(retryAfterMs !== undefined && { retryAfterMs }) })
  )

/** A channel that answers with each of `answers` in turn, and with success afterwards. */
const channel = (name: ChannelName, ...answers: ReadonlyArray<Effect.Effect<void, NotifyError>>): NotifyChannel => {
  let attempts = 0
  return { name, target: name, deliver: () => Effect.suspend(() => answers[attempts++] ?? Effect.void) }
}

const historyOf = (past: Array<PastNotification> = []) =>
  Layer.succeed(NotifyHistory, {
    read: Effect.sync(() => [...past]),
    add: (entries, results) =>
      Effect.sync(() => {
        past.push(...entries)
        return withResults({}, results)
      })
  })

const send = (
  channels: ReadonlyArray<NotifyChannel>,
  history: Layer.Layer<NotifyHistory> = historyOf(),
  advance: `${number} seconds` = "60 seconds"
) =>
  Effect.gen(function* () {
    const wanted = channels.map(({ name }) => name)
    const fiber = yield* sendNotification(notificationOf(), "en", wanted, policy).pipe(
      Effect.provideService(Notifier, { channels }),
      Effect.provide(history),
      Effect.forkChild
    )
    yield* TestClock.adjust(advance)
    return yield* Fiber.join(fiber)
  })

describe("sendNotification", () => {
  it.effect("sends to every channel at the same time, and one fault holds no other channel back", () =>
    Effect.gen(function* () {
      const { channels, totals } = yield* send([
        channel("slack"),
        channel("dingtalk", fault("dingtalk", "unavailable"), fault("dingtalk", "timeout")),
        channel("feishu", fault("feishu", "refused"))
      ])
      assert.deepStrictEqual(channels, [
        { channel: "slack", result: "sent", attempts: 1, failures: [] },
        { channel: "dingtalk", result: "sent", attempts: 3, failures: ["unavailable!", "timeout!"] },
        { channel: "feishu", result: "failed", attempts: 1, failures: ["refused!"] }
      ])
      assert.deepStrictEqual(totals.feishu, { sent: 0, duplicate: 0, limited: 0, failed: 1 })
    })
  )

  it.effect("gives up after the last attempt", () =>
    Effect.gen(function* () {
      const always = Array.from({ length: 9 }, () => fault("slack", "limited"))
      const { channels } = yield* send([channel("slack", ...always)])
      assert.deepInclude(channels[0], { result: "failed", attempts: 3 })
    })
  )

  it.effect("ends at its deadline when a channel hangs", () =>
    Effect.gen(function* () {
      const { channels } = yield* send([channel("slack", Effect.never), channel("wecom")], historyOf(), "10 seconds")
      assert.deepStrictEqual(
        channels.map(({ result }) => result),
        ["failed", "sent"]
      )
      assert.deepStrictEqual(channels[0]?.failures, ["the deadline of 10000 ms has passed"])
    })
  )

  it.effect("does not wait for a pause that ends after its deadline", () =>
    Effect.gen(function* () {
      const { channels } = yield* send([channel("slack", fault("slack", "limited", 30_000))], historyOf(), "0 seconds")
      assert.deepInclude(channels[0], { result: "failed", attempts: 1 })
      assert.include(channels[0]?.failures[1], "in 30000 ms")
    })
  )

  it.effect("sends the same once, and again to a channel that did not get it", () =>
    Effect.gen(function* () {
      const past: Array<PastNotification> = []
      const broken = Array.from({ length: 3 }, () => fault("wecom", "unavailable"))
      yield* send([channel("slack"), channel("wecom", ...broken)], historyOf(past))
      assert.deepStrictEqual(
        past.map(({ channel, sent }) => [channel, sent]),
        [
          ["slack", true],
          ["wecom", false]
        ]
      )
      const second = yield* send([channel("slack"), channel("wecom")], historyOf(past))
      assert.deepStrictEqual(
        second.channels.map(({ result }) => result),
        ["duplicate", "sent"]
      )
    })
  )

  it.effect("reports what it holds back for the rate", () =>
    Effect.gen(function* () {
      const many = Array.from(
        { length: 15 },
        (_, at) => ({ channel: "slack", key: `${at}`, atMs: 0, sent: true }) as const
      )
      const { channels } = yield* send([channel("slack")], historyOf([...many]))
      assert.deepInclude(channels[0], { result: "limited", attempts: 0 })
    })
  )

  it.effect("sends although its history cannot be read or written", () =>
    Effect.gen(function* () {
      const error = Effect.fail(new NotifyHistoryError({ message: "disk" }))
      const { channels, notes } = yield* send(
        [channel("slack")],
        Layer.succeed(NotifyHistory, { read: error, add: () => error })
      )
      assert.strictEqual(channels[0]?.result, "sent")
      assert.deepStrictEqual(notes, ["disk", "disk"])
    })
  )
})
