// Two feeds of one market check each other: what only one of them sees is a fault at once, what both see is none.
import { assert, describe, it } from "vitest"
import { alwaysOpen } from "../../../../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { TickArrivals } from "../../../../../src/market/application/intake/tick-arrivals.ts"
import { Staleness } from "../../../../../src/market/application/silence/staleness.ts"
import { Subscriptions } from "../../../../../src/market/application/subscriptions/subscriptions.ts"

const lookMs = 100

/** Two feeds on one clock, both logged in; `wanted` is acknowledged on both. */
const makePair = (wanted: ReadonlyArray<string>) => {
  const clock = { nowMs: 1_000_000 }
  const directory = new InstrumentDirectory()
  const [primary, backup] = ["primary", "backup"].map((feed) => {
    const arrivals = new TickArrivals()
    const subscriptions = new Subscriptions({
      feed,
      wanted,
      limits: { perSecond: 100_000, priority: [], answerMs: 10_000 },
      directory,
      arrivals,
      nowMs: () => clock.nowMs
    })
    const login = () => {
      subscriptions.heard({ type: "disconnected", reason: 0x1001 })
      subscriptions.heard({ type: "loggedIn", tradingDay: "20261123", systemName: "" })
      arrivals.begin()
    }
    const agree = (ids = wanted) => {
      for (const instrumentId of ids) subscriptions.heard({ type: "subscribed", instrumentId, errorId: 0, message: "" })
    }
    login()
    agree()
    return { arrivals, subscriptions, login, agree }
  }) as [Feed, Feed]
  const watch = (feed: Feed, other: Feed) =>
    new Staleness({
      subscriptions: feed.subscriptions,
      other: other.subscriptions,
      directory,
      hours: alwaysOpen,
      isRead: () => true
    })
  const staleness = watch(backup, primary)
  const tick = (feed: Feed, id: string) => feed.arrivals.arrived(directory.resolve(id, 0)?.index ?? -1, clock.nowMs)
  const stalled = () => staleness.last().stalled.map((row) => backup.subscriptions.table.idOf(row))
  /**
   * Runs for this long; `each` ticks before every check. Milliseconds until `seen` was first true, undefined: never.
   */
  const live = (forMs: number, each: (step: number) => void, seen: () => boolean = () => false) => {
    let firstMs: number | undefined
    for (let step = 0; step * lookMs < forMs; step++) {
      clock.nowMs += lookMs
      each(step)
      staleness.look(clock.nowMs)
      if (seen()) firstMs ??= (step + 1) * lookMs
    }
    return firstMs
  }
  return { clock, primary, backup, tick, staleness, stalled, live }
}
interface Feed {
  readonly arrivals: TickArrivals
  readonly subscriptions: Subscriptions
  readonly login: () => void
  readonly agree: (ids?: ReadonlyArray<string>) => void
}

describe("one instrument", () => {
  it("is stalled at once when it never ticked here and ticks on the other feed", () => {
    const { primary, backup, tick, live, stalled } = makePair(["rb2701", "IF2612"])
    const reportedMs = live(
      4000,
      (step) => {
        if (step % 5 !== 0) return
        for (const id of ["rb2701", "IF2612"]) tick(primary, id)
        tick(backup, "IF2612")
      },
      () => stalled().length > 0
    )
    assert.deepStrictEqual(stalled(), ["rb2701"])
    assert.isAtMost(reportedMs ?? Number.NaN, 2000)
  })

  it("is not stalled for what the other feed saw before the front agreed to it here", () => {
    const { primary, backup, tick, live, stalled } = makePair(["rb2701", "IF2612"])
    const everySecond = (step: number) => {
      if (step % 10 === 0) tick(primary, "rb2701")
      if (step % 5 === 0) for (const feed of [primary, backup]) tick(feed, "IF2612")
    }
    backup.login()
    backup.agree(["IF2612"])
    live(20_000, everySecond)
    backup.agree(["rb2701"])
    assert.isUndefined(live(1900, everySecond, () => stalled().length > 0))
    assert.isDefined(live(3000, everySecond, () => stalled().length > 0))
  })

  it("is judged by its own rhythm when the other feed has never seen it: that is no witness", () => {
    const { primary, backup, tick, live, stalled } = makePair(["rb2701", "IF2612"])
    live(60_000, (step) => {
      if (step % 5 !== 0) return
      for (const feed of [primary, backup]) tick(feed, "IF2612")
      tick(backup, "rb2701")
    })
    assert.deepStrictEqual(stalled(), [])
    live(3000, (step) => {
      if (step % 5 === 0) for (const feed of [primary, backup]) tick(feed, "IF2612")
    })
    assert.deepStrictEqual(stalled(), ["rb2701"])
  })
})

describe("a whole feed", () => {
  const ids = Array.from({ length: 5 }, (_, at) => `rb${2000 + at}`)
  /** A night with few ticks: one of them every three seconds, so that its own rhythm is long. */
  const quiet = (feeds: ReadonlyArray<Feed>, tick: (feed: Feed, id: string) => void) => (step: number) => {
    if (step % 30 === 0) for (const feed of feeds) tick(feed, ids[(step / 30) % ids.length] as string)
  }

  it("with a slow rhythm is silent as soon as the other feed shows that the market goes on", () => {
    const { primary, backup, tick, staleness, live } = makePair(ids)
    const isSilent = () => staleness.last().silentMs > 0
    assert.isUndefined(live(120_000, quiet([primary, backup], tick), isSilent))
    const alone = live(
      20_000,
      (step) => {
        if (step % 5 === 0) tick(primary, ids[step % ids.length] as string)
      },
      isSilent
    )
    // Its own rhythm would have needed three of its longest gaps, nine seconds.
    assert.isAtMost(alone ?? Number.NaN, 1500)
  })

  it("is silent within 1.5 s when both are, and sooner when the other one ticks", () => {
    const dense = (feeds: ReadonlyArray<Feed>, tick: (feed: Feed, id: string) => void) => (step: number) => {
      if (step % 5 === 0) for (const feed of feeds) for (const id of ids) tick(feed, id)
    }
    const { primary, backup, tick, staleness, live } = makePair(ids)
    const isSilent = () => staleness.last().silentMs > 0
    assert.isUndefined(live(60_000, dense([primary, backup], tick), isSilent))
    const bothMs = live(10_000, () => undefined, isSilent) ?? Number.NaN
    assert.isAtLeast(bothMs, 800)
    assert.isAtMost(bothMs, 1500)
    live(60_000, dense([primary, backup], tick))
    const aloneMs = live(10_000, dense([primary], tick), isSilent) ?? Number.NaN
    assert.isAtMost(aloneMs, 1100)
  })

  it("that never ticked since its login is silent when the other one ticks", () => {
    const { primary, tick, staleness, live } = makePair(ids)
    const reportedMs = live(
      10_000,
      () => {
        for (const id of ids) tick(primary, id)
      },
      () => staleness.last().silentMs > 0
    )
    assert.isAtLeast(reportedMs ?? Number.NaN, 5000)
    assert.isAtMost(reportedMs ?? Number.NaN, 5500)
  })
})
