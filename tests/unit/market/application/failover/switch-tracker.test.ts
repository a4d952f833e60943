// An operator reads the record of a switch at night: a commit on an old tick or a wrong gap would mislead.
import { assert, describe, it } from "@effect/vitest"
import { SwitchTracker } from "../../../../../src/market/application/failover/switch-tracker.ts"

const makeWorld = () => {
  const feed = (name: string) => {
    const state = { live: true, silentMs: 0, total: 0, newestMs: Number.NaN }
    const source = {
      feed: name,
      isLive: () => state.live,
      silentMs: () => state.silentMs,
      ticks: () => ({ total: state.total, newestMs: state.newestMs })
    }
    const tick = (nowMs: number) => {
      state.total++
      state.newestMs = nowMs
    }
    return { state, source, tick }
  }
  const [primary, backup] = [feed("primary"), feed("backup")]
  const tracker = new SwitchTracker({ feeds: [primary.source, backup.source], silenceMs: 3000 })
  return { primary, backup, tracker }
}
const ask = { id: "a1", to: "backup", cause: "manual", force: false } as const
const changed = (feed: string, live: boolean, silent: boolean) => ({ type: "FEED_CHANGED", feed, live, silent })

describe("facts", () => {
  it("are each feed's state at first, then changes only, and all again for a new machine", () => {
    const { primary, tracker } = makeWorld()
    const first = [changed("primary", true, false), changed("backup", true, false)]
    assert.deepStrictEqual(tracker.look(), first as never)
    assert.deepStrictEqual(tracker.look(), [])
    primary.state.silentMs = 2999
    assert.deepStrictEqual(tracker.look(), [])
    primary.state.silentMs = 3000
    assert.deepStrictEqual(tracker.look(), [changed("primary", true, true)] as never)
    // A lost feed is not reported as silent as well.
    primary.state.live = false
    assert.deepStrictEqual(tracker.look(), [changed("primary", false, false)] as never)
    tracker.begin()
    assert.deepStrictEqual(tracker.look(), [changed("primary", false, false), changed("backup", true, false)] as never)
  })

  it("report the awaited feed's first tick once, and none that was received before the command", () => {
    const { primary, backup, tracker } = makeWorld()
    tracker.look()
    backup.tick(900)
    tracker.awaitTick("backup", 1000)
    assert.deepStrictEqual(tracker.look(), [], "no new tick")
    primary.tick(1001)
    assert.deepStrictEqual(tracker.look(), [], "the other feed's tick")
    backup.tick(999)
    assert.deepStrictEqual(tracker.look(), [], "it lay in the ring at the time of the command")
    backup.tick(1000)
    assert.deepStrictEqual(tracker.look(), [{ type: "TICK_ARRIVED", feed: "backup" }])
    backup.tick(1100)
    assert.deepStrictEqual(tracker.look(), [])
  })

  it("await nothing any more in a new machine", () => {
    const { backup, tracker } = makeWorld()
    tracker.look()
    tracker.awaitTick("backup", 1000)
    tracker.begin()
    backup.tick(1500)
    assert.deepStrictEqual(
      tracker.look().map(({ type }) => type),
      ["FEED_CHANGED", "FEED_CHANGED"]
    )
  })
})

describe("records", () => {
  it("hold when it was asked, committed and ended, and the gap between the feeds", () => {
    const { primary, backup, tracker } = makeWorld()
    primary.tick(700)
    tracker.awaitTick("backup", 1000)
    backup.tick(1250)
    tracker.look()
    const record = tracker.note({ ...ask, from: "primary", result: "committed", why: undefined }, 1300)
    assert.deepStrictEqual(record, {
      ...ask,
      kind: "failover",
      from: "primary",
      askedMs: 1000,
      committedMs: 1250,
      endedMs: 1300,
      gapMs: 550,
      result: "committed",
      why: undefined
    })
    assert.deepStrictEqual(tracker.records(), [record])
  })

  it("have no gap when the feeds overlap, and none to measure when nothing was committed or the old feed never ticked", () => {
    const { primary, backup, tracker } = makeWorld()
    tracker.awaitTick("backup", 1000)
    backup.tick(1100)
    tracker.look()
    primary.tick(1200)
    assert.strictEqual(tracker.note({ ...ask, from: "primary", result: "committed", why: undefined }, 1300).gapMs, 0)

    tracker.awaitTick("primary", 2000)
    primary.tick(2100)
    tracker.look()
    const back = tracker.note(
      { ...ask, to: "primary", from: "backup", result: "rolled_back", why: "no tick in time" },
      2200
    )
    assert.deepInclude(back, { kind: "failback", committedMs: undefined, gapMs: undefined, why: "no tick in time" })

    const other = makeWorld()
    other.tracker.awaitTick("backup", 1000)
    other.backup.tick(1100)
    other.tracker.look()
    const record = other.tracker.note({ ...ask, from: "primary", result: "committed", why: undefined }, 1200)
    assert.deepInclude(record, { committedMs: 1100, gapMs: undefined })
  })

  it("number switches of their own, keep 200, and count all by kind, cause and result", () => {
    const { tracker } = makeWorld()
    const auto = { id: "", to: "backup", cause: "auto", force: false, from: "primary", why: undefined } as const
    for (let n = 0; n < 205; n++) tracker.note({ ...auto, result: n < 3 ? "cancelled" : "committed" }, n)
    const records = tracker.records()
    assert.strictEqual(records.length, 200)
    assert.deepStrictEqual([records[0]?.id, records.at(-1)?.id], ["auto-6", "auto-205"])
    assert.deepStrictEqual(tracker.counts(), [
      { kind: "failover", cause: "auto", result: "cancelled", count: 3 },
      { kind: "failover", cause: "auto", result: "committed", count: 202 }
    ])
  })
})
