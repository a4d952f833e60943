// A backlog is not silence: a new login or a killed worker queues behind it, or loses it.
import { assert, describe, it } from "vitest"
import { alwaysOpen, noHours } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { FeedLateness } from "../../../../../src/market/application/silence/feed-lateness.ts"
import { RepairHandler } from "../../../../../src/market/application/subscriptions/repair-handler.ts"
import { makeLatenessLog } from "../../../../../src/market/layers/log/lateness-log.ts"
import { lookMs, makeFeed } from "../../../../support/silence-watch.ts"

const ids = Array.from({ length: 20 }, (_, at) => `rb${10_001 + at}`)

describe("R11: a front that falls further and further behind", () => {
  /**
   * Ticks arrive all the time, each one `lateness(ms)` late; a tick that is over a minute late is a snapshot for the
   * laws.
   */
  const run = (minutes: number, lateness: (sinceMs: number) => number, hours = alwaysOpen) => {
    const feed = makeFeed(ids, () => hours)
    const handler = new RepairHandler({ subscriptions: feed.subscriptions, staleness: feed.staleness, priorities: 0 })
    const facts: Array<string> = []
    const late: Array<number> = []
    /** Checks that found a stall. */
    const stalls: Array<number> = []
    const begunMs = feed.clock.nowMs + 30_000
    let turn = 0
    for (let at = 0; at < 30_000 + minutes * 60_000; at += lookMs) {
      feed.clock.nowMs += lookMs
      const sinceMs = feed.clock.nowMs - begunMs
      const behindMs = sinceMs < 0 ? 0 : lateness(sinceMs)
      // In time each instrument ticks twice a second; with a backlog each of them once in six seconds.
      const due = sinceMs < 0 ? 4 : at % 300 === 0 ? 1 : 0
      for (let n = 0; n < due; n++) {
        const id = ids[turn++ % ids.length] as string
        const index = feed.directory.resolve(id, 0)?.index ?? -1
        feed.arrivals.lateness.note(index, feed.clock.nowMs - behindMs, feed.clock.nowMs)
        if (behindMs > 60_000) feed.arrivals.repeated(index, feed.clock.nowMs)
        else feed.arrivals.arrived(index, feed.clock.nowMs)
      }
      const found = handler.look(feed.clock.nowMs).map(({ type }) => type)
      if (found.includes("INSTRUMENTS_STALLED")) stalls.push(late.length)
      facts.push(...found)
      late.push(feed.staleness.last().lateMs)
    }
    return { facts, late, stalls, feed, handler }
  }

  it("is late by what its ticks are late, and nothing of it is stalled, silent or repaired", () => {
    const { handler, facts, feed, late, stalls } = run(5, (sinceMs) => sinceMs * 0.7)
    const { lateMs, silentMs, stalled } = feed.staleness.last()
    assert.approximately(lateMs, 5 * 60_000 * 0.7, 2000)
    assert.deepStrictEqual([silentMs, stalled.length, handler.stalled().length], [0, 0, 0])
    // Until two consecutive ticks of one instrument the wait may look like a stall; it ends within seconds.
    const silent = facts.filter((type) => type === "FEED_SILENT").length
    assert.strictEqual(silent, 0)
    assert.isAtMost(late.findIndex((ms) => ms > 0) * lookMs - 30_000, 20_000)
    const lateFrom = late.findIndex((ms) => ms > 0)
    assert.isTrue(late.slice(lateFrom).every((ms) => ms > 0))
    assert.isTrue(stalls.every((at) => at < lateFrom))
  })

  it("is silent once nothing comes any more", () => {
    const { handler, feed } = run(2, () => 90_000)
    assert.isAbove(feed.staleness.last().lateMs, 0)
    const facts: Array<string> = []
    for (let at = 0; at < 15_000; at += lookMs) {
      feed.clock.nowMs += lookMs
      facts.push(...handler.look(feed.clock.nowMs).map(({ type }) => type))
    }
    assert.strictEqual(feed.staleness.last().lateMs, 0)
    assert.include(facts, "FEED_SILENT")
  })

  it("is not late where no tick is to be expected: the last state of the day is old, and rightly so", () => {
    const { late } = run(1, () => 3_600_000, noHours)
    assert.isTrue(late.every((ms) => ms === 0))
  })
})

describe("R11: what counts as late", () => {
  it("one old tick of each instrument after a subscription is none, nor is the same one again", () => {
    const lateness = new FeedLateness()
    for (let login = 0; login < 3; login++) {
      for (let index = 0; index < 1000; index++) lateness.note(index, 0, 3_600_000 + login * 120_000)
      for (let index = 0; index < 1000; index++) lateness.note(index, 0, 3_601_000 + login * 120_000)
    }
    assert.strictEqual(lateness.at(3_841_000), 0)
  })

  it("a tick in time ends it, and a host's clock that is known to be wrong is no lateness", () => {
    const lateness = new FeedLateness()
    for (let at = 0; at < 10; at++) lateness.note(0, at * 500, at * 500 + 90_000)
    assert.strictEqual(lateness.at(95_000), 90_000)
    lateness.note(1, 95_000, 95_100)
    assert.strictEqual(lateness.at(95_200), 0)
    for (let at = 0; at < 10; at++) lateness.note(0, 100_000 + at * 500, 220_000 + at * 500, -120_000)
    assert.strictEqual(lateness.at(224_600), 0)
  })

  it("is one WARNING, and one line when it has been caught up for good", () => {
    const lines: Array<string> = []
    let nowMs = 0
    const look = makeLatenessLog(
      "primary",
      { write: (level, message) => lines.push(`${level} ${message}`) },
      () => nowMs
    )
    for (; nowMs < 300_000; nowMs += 100) look({ lateMs: nowMs > 10_000 && nowMs % 7000 > 1000 ? nowMs : 0 })
    for (; nowMs < 400_000; nowMs += 100) look({ lateMs: 0 })
    assert.lengthOf(lines, 2)
    assert.match(lines[0] ?? "", /^WARNING primary is late, not silent: its ticks arrive 10 s behind the exchanges/)
    assert.strictEqual(lines[1], "INFO primary is in time again; it was 300 s late at most")
  })
})
