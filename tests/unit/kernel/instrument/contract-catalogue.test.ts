// Filter, wanted set and diff decide which of 20,000 contracts are subscribed tomorrow: a mistake is silence in a
// traded contract.
import { assert, describe, it } from "@effect/vitest"
import { epochDayOf } from "../../../../src/kernel/calendar/calendar-day.ts"
import { chinaCalendar } from "../../../../src/kernel/calendar/trading-calendar.ts"
import type { Contract } from "../../../../src/kernel/instrument/contract.ts"
import { diffContracts } from "../../../../src/kernel/instrument/contract-diff.ts"
import { contractFilter, kindOf } from "../../../../src/kernel/instrument/contract-filter.ts"
import { wantedOf } from "../../../../src/kernel/instrument/contract-life.ts"
import { nextRefreshMs } from "../../../../src/kernel/instrument/contract-refresh-time.ts"
import { matchesGlob, parseGlob } from "../../../../src/kernel/instrument/glob.ts"

const contract = (id: string, exchange: Contract["exchange"], more: Partial<Contract> = {}): Contract => ({
  id,
  exchange,
  product: /^[A-Za-z]+/.exec(id)?.[0] ?? "other",
  ...more
})

const market = [
  contract("rb2612", "SHFE", { expireDate: 20261215 }),
  contract("rb2611", "SHFE", { expireDate: 20261116 }),
  contract("cu2701C70000", "SHFE", { expireDate: 20261225 }),
  contract("SR701", "CZCE"),
  contract("m2701-P-2800", "DCE", { expireDate: 20261207 }),
  contract("SP m2701&m2705", "DCE"),
  contract("10004405", "SSE")
]
const idsOf = (filter: Parameters<typeof contractFilter>[0]) =>
  market.filter(contractFilter(filter)).map(({ id }) => id)

describe("glob", () => {
  it("reads what a shell reads", () => {
    const cases: ReadonlyArray<readonly [string, string, boolean]> = [
      ["rb27*", "rb2701", true],
      ["rb27*", "Rb2701", false],
      ["*", "", true],
      ["", "", true],
      ["", "a", false],
      ["a?c", "abc", true],
      ["a?c", "ac", false],
      ["[ai]?2701", "au2701", true],
      ["[!a]*", "au2701", false],
      ["[!a]*", "rb2701", true],
      ["[a-c]*", "bu2701", true],
      ["[]a]x", "]x", true],
      ["[rb", "[rb", true],
      ["*&*", "SP m2701&m2705", true],
      ["a.c", "abc", false],
      ["*.SHFE", "rb2701.SHFE", true],
      ["*7*1", "rb27011", true],
      ["*7*1", "rb2702", false]
    ]
    for (const [pattern, text, fits] of cases) {
      assert.strictEqual(matchesGlob(parseGlob(pattern), text), fits, `${pattern} on ${text}`)
    }
  })

  it("takes bounded time for any pattern", () => {
    const pattern = parseGlob("a*".repeat(2000) + "b")
    const started = performance.now()
    assert.isFalse(matchesGlob(pattern, "a".repeat(5000)))
    // 2,000 x 5,000 steps; a backtracking matcher would never end.
    assert.isBelow(performance.now() - started, 5000)
  })
})

describe("filter", () => {
  it("takes exchange, product, kind and globs, and all of them together", () => {
    assert.deepStrictEqual(idsOf({ exchanges: ["DCE", "CZCE"] }), ["SR701", "m2701-P-2800", "SP m2701&m2705"])
    assert.deepStrictEqual(idsOf({ products: ["rb"] }), ["rb2612", "rb2611"])
    assert.deepStrictEqual(idsOf({ products: ["RB"] }), [])
    assert.deepStrictEqual(idsOf({ kinds: ["option"] }), ["cu2701C70000", "m2701-P-2800"])
    assert.deepStrictEqual(idsOf({ kinds: ["other", "combination"] }), ["SP m2701&m2705", "10004405"])
    assert.deepStrictEqual(idsOf({ globs: ["*.SHFE"], exclude: ["*C[0-9]*"] }), ["rb2612", "rb2611"])
    assert.deepStrictEqual(idsOf({ exchanges: ["SHFE"], kinds: ["option"], globs: ["cu*"] }), ["cu2701C70000"])
    assert.strictEqual(idsOf({ exchanges: [], globs: [] }).length, market.length)
    assert.strictEqual(kindOf({ id: "IF2612" }), "future")
  })
})

describe("life", () => {
  it("keeps a contract wanted on its last day and drops it on the next", () => {
    assert.include(wantedOf(market, {}, 20261116), "rb2611")
    assert.notInclude(wantedOf(market, {}, 20261117), "rb2611")
    assert.deepStrictEqual(wantedOf(market, { products: ["rb", "SR"] }, 20991231), ["SR701"])
  })
})

describe("diff", () => {
  it("distinguishes listed, expired and changed", () => {
    const before = {
      tradingDay: 20261116,
      contracts: [
        contract("rb2611", "SHFE", { expireDate: 20261116 }),
        contract("rb2612", "SHFE", { priceTick: 1, multiplier: 10 }),
        contract("rb2601", "SHFE", { expireDate: 20260115 }),
        contract("si2701", "GFEX", { priceTick: 5 }),
        contract("x2701", "DCE"),
        contract("gone2701", "DCE")
      ]
    }
    const after = {
      tradingDay: 20261117,
      contracts: [
        contract("rb2611", "SHFE", { expireDate: 20261116 }),
        contract("rb2612", "SHFE", { priceTick: 2, multiplier: 20 }),
        contract("si2701", "GFEX", { multiplier: 5 }),
        contract("x2701", "INE"),
        contract("rb2711", "SHFE", { expireDate: 20271115 })
      ]
    }
    const diff = diffContracts(before, after)
    assert.deepStrictEqual(
      diff.listed.map(({ id }) => id),
      ["rb2711"]
    )
    // rb2601 had expired before; rb2611 is in the list but past its day.
    assert.deepStrictEqual(
      diff.expired.map(({ id }) => id),
      ["rb2611", "gone2701"]
    )
    // A value that one list leaves out is not a change.
    assert.deepStrictEqual(diff.changed, [
      { id: "rb2612", exchange: "SHFE", field: "priceTick", before: 1, after: 2 },
      { id: "rb2612", exchange: "SHFE", field: "multiplier", before: 10, after: 20 },
      { id: "x2701", exchange: "INE", field: "exchange", before: "DCE", after: "INE" }
    ])
    const nothing = diffContracts(after, after)
    assert.deepStrictEqual(nothing, { listed: [], expired: [], changed: [] })
  })
})

describe("refresh time", () => {
  const at = (yyyymmdd: number, clock: string) =>
    epochDayOf(yyyymmdd) * 86_400_000 -
    28_800_000 +
    Number(clock.slice(0, 2)) * 3_600_000 +
    Number(clock.slice(3)) * 60_000

  it("is before each trading day's first session, night or morning", () => {
    // Friday evening opens Monday's trading day; a weekend has nothing.
    assert.strictEqual(nextRefreshMs(chinaCalendar, at(20261120, "15:00")), at(20261120, "20:40"))
    assert.strictEqual(nextRefreshMs(chinaCalendar, at(20261120, "20:40")), at(20261123, "20:40"))
    // 2026-09-30 is the evening before National Day: no night session, so the next day begins in the morning after it.
    const morning = nextRefreshMs(chinaCalendar, at(20260930, "15:00"))
    assert.strictEqual(morning, at(20261008, "08:40"))
    assert.strictEqual(nextRefreshMs(chinaCalendar, morning), at(20261008, "20:40"))
  })

  it("comes once for every trading day of a year", () => {
    const days = new Set<number>()
    let count = 0
    const end = at(20261231, "15:00")
    for (let nowMs = nextRefreshMs(chinaCalendar, at(20251231, "15:00")); nowMs < end; count++) {
      const day = Math.floor((nowMs + 28_800_000) / 86_400_000)
      const second = ((nowMs + 28_800_000) / 1000) % 86_400
      days.add(chinaCalendar.tradingDayAt(day, second))
      const next = nextRefreshMs(chinaCalendar, nowMs)
      assert.isAbove(next, nowMs)
      nowMs = next
    }
    assert.strictEqual(days.size, count)
    assert.strictEqual(count, chinaCalendar.tradingDaysBetween(20260101, 20261231).length)
  })
})
