// One path leads to the venue, and it goes through these checks. A check that never refuses, or that holds an exit
// back, costs money.
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal } from "effect"
import { instantOfMs } from "../../../../../src/kernel/time/utc-instant.ts"
import { type GateCode, gateCodes } from "../../../../../src/trading/domain/risk/finding.ts"
import type { GateView, Proposal } from "../../../../../src/trading/domain/risk/gate-view.ts"
import { checks, judge } from "../../../../../src/trading/domain/risk/judge.ts"
import { defaultLimits } from "../../../../../src/trading/domain/risk/limits.ts"
import { decimal, held, openView, proposal, working } from "../../../../support/trading/gate-view.ts"

const base = openView()
const refusals = (view: GateView, order: Proposal): ReadonlyArray<GateCode> =>
  judge(view, order)
    .findings.filter(({ outcome }) => outcome === "refuse")
    .map(({ code }) => code)
const quoted = (more: { bid?: string; ask?: string; ageMs?: number; taint?: string }): Partial<GateView> => ({
  quotes: new Map([
    [
      "AAPL",
      {
        bid: decimal(more.bid ?? "99.99"),
        ask: decimal(more.ask ?? "100.01"),
        at: instantOfMs(base.nowMs - (more.ageMs ?? 100)),
        taint: more.taint ?? ""
      }
    ]
  ])
})
const limit = (price: string, quantity = "10") =>
  proposal({ type: "limit", limitPrice: decimal(price), quantity: decimal(quantity) })

/** A view and an order that exactly this check refuses. */
const refused: Record<GateCode, readonly [Partial<GateView>, Proposal]> = {
  NOT_ARMED: [{ arming: { state: "notArmed", day: "2026-11-30" } }, proposal()],
  KILL_SWITCH: [{ killSwitch: { state: "engaged", scope: "entries", reason: "test", by: "ops" } }, proposal()],
  BREAKER: [{ breakers: [{ state: "open" }, { state: "tripped", reason: "MANUAL", details: "" }] }, proposal()],
  RECONCILIATION: [{ reconciliation: "reducing" }, proposal()],
  STREAM_DOWN: [{ listening: false }, proposal()],
  ACCOUNT_BLOCKED: [{ accountBlocks: ["trading_blocked"] }, proposal()],
  SYMBOL_QUARANTINED: [{ quarantine: new Map([["AAPL", "orphan"]]) }, proposal()],
  STRATEGY_STOPPED: [{ stoppedStrategies: new Set(["alpha"]) }, proposal()],
  BLACKLISTED: [{ limits: { ...defaultLimits, blacklist: new Set(["AAPL"]) } }, proposal()],
  REDUCE_ONLY: [{}, proposal({}, true)],
  FLIP: [{ positions: new Map([held("AAPL", "-5")]) }, proposal()],
  PRICE_MISSING: [{ quotes: new Map() }, limit("100")],
  PRICE_STALE: [quoted({ ageMs: 30_001 }), proposal()],
  PRICE_TAINTED: [quoted({ taint: "an open gap record" }), proposal()],
  PRICE_COLLAR: [{}, limit("105.01")],
  FAT_FINGER_QUANTITY: [
    { limits: { ...defaultLimits, symbols: new Map([["AAPL", { fatFingerQuantity: decimal("9") }]]) } },
    proposal()
  ],
  FAT_FINGER_NOTIONAL: [{ limits: { ...defaultLimits, fatFingerNotional: decimal("1000") } }, proposal()],
  FAT_FINGER_ADV: [{ averageDailyVolume: new Map([["AAPL", decimal("199")]]) }, proposal()],
  POSITION_QUANTITY: [{ limits: { ...defaultLimits, positionQuantity: decimal("9") } }, proposal()],
  POSITION_SHARE: [{ equity: decimal("5000") }, proposal()],
  GROSS_NOTIONAL: [{ limits: { ...defaultLimits, grossNotional: decimal("1000") } }, proposal()],
  NET_NOTIONAL: [{ limits: { ...defaultLimits, netNotional: decimal("1000") } }, proposal()],
  LONG_NOTIONAL: [{ limits: { ...defaultLimits, longNotional: decimal("1000") } }, proposal()],
  SHORT_NOTIONAL: [{ limits: { ...defaultLimits, shortNotional: decimal("999") } }, proposal({ side: "sell" })],
  BUYING_POWER: [{ buyingPower: decimal("1000") }, proposal()],
  DUPLICATE: [{ recentOrders: [{ atMs: base.nowMs - 1999, payloadHash: "h1" }] }, proposal()],
  ORDER_RATE: [
    { recentOrders: Array.from({ length: 40 }, (_, at) => ({ atMs: base.nowMs - 59_999, payloadHash: `o${at}` })) },
    proposal()
  ],
  REPEATED_EXECUTION: [
    {
      recentExecutions: Array.from({ length: 20 }, () => ({
        atMs: base.nowMs - 59_999,
        strategyId: "alpha",
        symbol: "AAPL",
        side: "buy" as const
      }))
    },
    proposal()
  ],
  WASH_TRADE: [{ reservations: [working("sell", "5")], workingPrices: new Map([["w1", decimal("100")]]) }, limit("100")]
}

describe("judge", () => {
  it("has one check for each code", () =>
    assert.deepStrictEqual(
      checks.map(({ code }) => code),
      [...gateCodes]
    ))
  it("lets a small order through without a word", () => assert.deepStrictEqual(judge(base, proposal()).findings, []))
  it.each(gateCodes)("%s refuses, alone", (code) => {
    const [view, order] = refused[code]
    assert.deepStrictEqual(refusals(openView(view), order), [code])
  })

  it("lets a value at its limit through, with a warning from 80 % on", () => {
    const at = openView({ limits: { ...defaultLimits, positionQuantity: decimal("10") } })
    assert.deepStrictEqual(refusals(at, proposal()), [])
    assert.deepStrictEqual(
      judge(at, proposal()).findings.map(({ code, outcome }) => [code, outcome]),
      [["POSITION_QUANTITY", "warn"]]
    )
    const below = openView({ limits: { ...defaultLimits, positionQuantity: decimal("12.6") } })
    assert.deepStrictEqual(judge(below, proposal()).findings, [])
  })

  it("reports every refusal, not only the first", () => {
    const view = openView({ killSwitch: { state: "unknown", cause: "no answer" }, listening: false, equity: undefined })
    assert.deepStrictEqual(refusals(view, proposal()), ["KILL_SWITCH", "STREAM_DOWN", "POSITION_SHARE"])
  })

  it("refuses when a check throws", () => {
    const view = openView({ quotes: undefined as unknown as GateView["quotes"] })
    assert.include(refusals(view, proposal()), "PRICE_MISSING")
    assert.include(
      judge(view, proposal()).findings.find(({ code }) => code === "PRICE_MISSING")?.message,
      "check failed"
    )
  })

  it("refuses what is not known, an exit too where the state itself is not known", () => {
    const long = new Map([held("AAPL", "100")])
    const exit = proposal({ side: "sell" })
    for (const view of [
      openView({ positions: long, killSwitch: { state: "unknown", cause: "stale" } }),
      openView({ positions: long, breakers: [] }),
      openView({ positions: long, breakers: [{ state: "unknown", cause: "stale" }] }),
      openView({ positions: long, reconciliation: "closed" }),
      openView({ positions: long, killSwitch: { state: "engaged", scope: "all", reason: "", by: "" } })
    ]) {
      assert.lengthOf(refusals(view, exit), 1)
    }
    for (const lacking of [
      { exchangeNow: undefined },
      { equity: undefined },
      { buyingPower: undefined },
      { accountBlocks: undefined }
    ]) {
      assert.lengthOf(refusals(openView(lacking), proposal()), 1)
    }
  })

  it("lets an exit through every limit but a collar, a wash trade, and an unknown or full stop; without the arm, a confirmed one", () => {
    const long = { positions: new Map([held("AAPL", "100")]) }
    const short = { positions: new Map([held("AAPL", "-100")]) }
    const held100: ReadonlyArray<GateCode> = ["REDUCE_ONLY", "FLIP", "PRICE_COLLAR", "WASH_TRADE"]
    for (const code of gateCodes) {
      if (held100.includes(code)) continue
      const [view, order] = refused[code]
      for (const [side, position] of [
        ["sell", long],
        ["buy", short]
      ] as const) {
        const exit = { ...order, confirmed: code === "NOT_ARMED", request: { ...order.request, side } }
        assert.deepStrictEqual(refusals(openView({ ...view, ...position }), exit), [], `${code} ${side}`)
        assert.strictEqual(judge(openView({ ...view, ...position }), exit).kind, "exit")
      }
    }
  })

  it("needs the arm for an entry and for an exit that no operator has confirmed", () => {
    const view = openView({ arming: { state: "notArmed", day: "2026-11-30" }, positions: new Map([held("AAPL", "5")]) })
    const order = (side: "buy" | "sell", confirmed: boolean) => ({
      ...proposal({ side, quantity: decimal("5") }),
      confirmed
    })
    assert.deepStrictEqual(refusals(view, order("buy", true)), ["NOT_ARMED"])
    assert.deepStrictEqual(refusals(view, order("sell", false)), ["NOT_ARMED"])
    assert.deepStrictEqual(refusals(view, order("sell", true)), [])
  })
})

describe("an exit", () => {
  it("is held back by a collar around a good quote, and not by one around a quote that is not usable", () => {
    const long = openView({ positions: new Map([held("AAPL", "100")]) })
    const exit = proposal({ side: "sell", type: "limit", limitPrice: decimal("94") })
    assert.deepStrictEqual(refusals(long, exit), ["PRICE_COLLAR"])
    for (const unusable of [{ ageMs: 30_001 }, { taint: "halted" }, { bid: "110" }]) {
      assert.deepStrictEqual(refusals({ ...long, ...quoted(unusable) }, exit), [], JSON.stringify(unusable))
      const entry = limit("94")
      assert.include(refusals({ ...openView(), ...quoted(unusable) }, entry), "PRICE_COLLAR")
    }
    assert.deepStrictEqual(refusals({ ...long, exchangeNow: undefined }, exit), [])
  })

  it("counts what working exits will take, and never what working entries may bring", () => {
    const positions = new Map([held("AAPL", "100")])
    const sell = (quantity: string) => proposal({ side: "sell", quantity: decimal(quantity) })
    const kind = (quantity: string, reservations: GateView["reservations"]) =>
      judge(openView({ positions, reservations }), sell(quantity)).kind
    assert.strictEqual(kind("100", []), "exit")
    assert.strictEqual(kind("100.000000001", []), "entry")
    assert.strictEqual(kind("41", [working("sell", "60")]), "entry")
    assert.strictEqual(kind("40", [working("sell", "60")]), "exit")
    assert.strictEqual(kind("101", [working("buy", "60")]), "entry")
    assert.strictEqual(judge(openView({ positions }), proposal()).kind, "entry")
  })
})

describe("the worst case", () => {
  it("lets one of two buys of 600 through a limit of 1,000, whichever comes first", () => {
    const buy = (id: string) => ({ ...proposal({ quantity: decimal("600") }), clientOrderId: id, payloadHash: id })
    assert.deepStrictEqual(refusals(base, buy("a")), [])
    const second = openView({ reservations: [working("buy", "600", { clientOrderId: "a" })] })
    assert.deepStrictEqual(refusals(second, buy("b")), [
      "POSITION_QUANTITY",
      "GROSS_NOTIONAL",
      "NET_NOTIONAL",
      "LONG_NOTIONAL"
    ])
  })

  it("counts working buys and sells separately: they do not offset each other", () => {
    const view = openView({ reservations: [working("buy", "995"), working("sell", "995", { clientOrderId: "w2" })] })
    assert.include(refusals(view, proposal()), "POSITION_QUANTITY")
    assert.include(refusals(view, proposal({ side: "sell" })), "POSITION_QUANTITY")
  })

  it("is exact where binary fractions are not", () => {
    const limits = { ...defaultLimits, positionQuantity: decimal("0.3") }
    const view = openView({ limits, positions: new Map([held("AAPL", "0.1")]) })
    assert.deepStrictEqual(refusals(view, proposal({ quantity: decimal("0.2") })), [])
    assert.deepStrictEqual(refusals(view, proposal({ quantity: decimal("0.200000001") })), ["POSITION_QUANTITY"])
    assert.isTrue(BigDecimal.equals(decimal("0.30"), decimal("0.3")))
  })
})
