// The dashboards of the reference service select by feed, account and session_window: after a switch the same panel
// must show the other feed at once, and no counter may lose what it counted.
import { assert, describe, it } from "@effect/vitest"
import { makeSubscriptionMetrics } from "../../../../../src/market/adapters/prometheus/subscription-registry.ts"
import type { StatusMessage } from "../../../../../src/protocol/market/status.ts"
import { statusMessage } from "../../../../support/status-message.ts"

const session = (feed: string, role: "active" | "standby", acknowledged: number, hits: number) =>
  ({
    feed,
    account: `${feed}...`,
    role,
    subscriptions: { wanted: 4, acknowledged, rejected: 0, stalled: 1, rate_limit_hits: { front: hits } }
  }) as unknown as StatusMessage["sessions"][number]

const at = (time: string) => Date.parse(`2026-11-30T${time}:00+08:00`)

describe("the subscription metrics", () => {
  it("are those of the active feed in the current window, and follow a switch at the next reading", async () => {
    let sessions = [session("primary", "active", 3, 0), session("backup", "standby", 4, 0)]
    let nowMs = at("10:00")
    const { read } = makeSubscriptionMetrics({ status: () => ({ ...statusMessage, sessions }), nowMs: () => nowMs })
    const day = await read()
    assert.match(day.contentType, /^text\/plain/)
    const ratio = /^md_subscription_coverage_ratio.*$/gm
    assert.deepStrictEqual(day.text.match(ratio), [
      'md_subscription_coverage_ratio{feed="primary",account="primary...",session_window="day"} 0.75'
    ])
    assert.include(day.text, 'md_subscription_missing{feed="primary",account="primary...",session_window="day"} 1\n')
    assert.include(day.text, 'md_subscription_stalled{feed="primary",account="primary...",session_window="day"} 1\n')
    sessions = [session("primary", "standby", 3, 0), session("backup", "active", 4, 0)]
    nowMs = at("19:59")
    assert.deepStrictEqual((await read()).text.match(ratio), [
      'md_subscription_coverage_ratio{feed="backup",account="backup...",session_window="night"} 1'
    ])
  })

  it("count the hits of each feed in both windows from 0, and never lose one", async () => {
    let sessions = [session("primary", "active", 4, 0)]
    let nowMs = at("10:00")
    const { read } = makeSubscriptionMetrics({ status: () => ({ ...statusMessage, sessions }), nowMs: () => nowMs })
    const hits = async () =>
      [...(await read()).text.matchAll(/^md_rate_limit_hits_total\{.*session_window="(\w+)"\} (\d+)$/gm)].map(
        ([, window, count]) => `${window} ${count}`
      )
    assert.deepStrictEqual(await hits(), ["day 0", "night 0"])
    sessions = [session("primary", "active", 4, 3)]
    assert.deepStrictEqual(await hits(), ["day 3", "night 0"])
    nowMs = at("21:00")
    sessions = [session("primary", "active", 4, 8)]
    assert.deepStrictEqual(await hits(), ["day 3", "night 5"])
    // Before the day session.
    nowMs = at("04:00")
    sessions = [session("primary", "active", 4, 9)]
    assert.deepStrictEqual(await hits(), ["day 4", "night 5"])
  })
})
