// R8, R10 and similar, from a hostile front: ticks that leave fields out and agree with each other, and damaged days.
import { assert, describe, it } from "@effect/vitest"
import { chinaCalendar } from "../../../../../src/kernel/calendar/trading-calendar.ts"
import { recordI32, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { liveClock } from "../../../../../src/market/application/intake/tick-clock.ts"
import { resolveTradingTime, TradingTime } from "../../../../../src/market/domain/tick/trading-time.ts"
import { Dice } from "../../../../../src/simulation/faults/dice.ts"
import { SimMarket } from "../../../../../src/simulation/world/sim-market.ts"
import { marketContracts } from "../../../../../src/simulator/market/market-contracts.ts"
import { makeArbitratedFeeds } from "../../../../support/arbitrated-feeds.ts"
import { makeJudge, type RawTick } from "../../../../support/tick-records.ts"

const at = (second: number): string => `10:00:${String(second).padStart(2, "0")}`

describe("R8: volume 0 behind a trade", () => {
  it("R8: ticks that keep last and open interest and leave the volume out do not heal in any number", () => {
    const { judge } = makeJudge()
    judge({ time: at(0), volume: 50_000 })
    for (let second = 1; second <= 30; second++) {
      const fate = judge({ time: at(second), volume: 0, turnover: 0, bids: [[3593, second]] })
      assert.strictEqual(fate, "volume_fell", `second ${second}`)
    }
    assert.deepStrictEqual(judge({ time: at(31), volume: 50_010 }), { flags: [], lastVolume: 10 })
  })

  for (const [what, partial] of [
    ["a ledger with limits", { last: 0, turnover: 0, openInterest: 0 }],
    ["a ledger with last and open interest", { turnover: 0, last: 3500 }]
  ] satisfies ReadonlyArray<[string, Partial<RawTick>]>) {
    it(`R8: ${what} on one feed, whole ticks on the other, in turn: volume 0 is published on neither`, () => {
      const world = makeArbitratedFeeds({ clock: () => liveClock })
      const [one, two] = world.lines
      for (let second = 0; second < 40; second++) {
        two?.bring({ time: at(second), volume: 50_000 + second, last: 3500 + second })
        one?.bring({ ...partial, time: at(second), ms: 500, volume: 0, bids: [[3490, second + 1]] })
      }
      assert.deepStrictEqual(
        world.published.map(({ volume }) => volume),
        Array.from({ length: 40 }, (_, second) => 50_000 + second)
      )
      assert.lengthOf(world.setAside, 40)
    })
  }
})

describe("R8: values that no market has", () => {
  it("R8: a negative turnover or average is set aside, those of a spread are not", () => {
    assert.strictEqual(makeJudge().judge({ turnover: -5 }), "price_positive")
    assert.notTypeOf(makeJudge().judge({ turnover: -5, id: "SP m2701&m2705" }), "string")
  })
})

describe("V11: ids that are damage", () => {
  it("V11: a tick whose id holds a control character or bytes that are not text, or is too long, is set aside, with an ExchangeID too", () => {
    for (const exchange of ["", "SHFE"]) {
      for (const id of ["rb2701\n", "rb\t2701", "\u0000", "rb27\uFFFD1", "A".repeat(81)]) {
        assert.strictEqual(makeJudge().judge({ id, exchange }), "unknown_instrument", JSON.stringify(id))
      }
    }
    assert.notTypeOf(makeJudge().judge({ id: "10004405", exchange: "SSE" }), "string")
    assert.notTypeOf(makeJudge().judge({ id: "SP a2701&a2705", exchange: "DCE" }), "string")
  })
})

describe("R10: days that are damage", () => {
  const settle = (
    actionDay: number,
    tradingDay: number,
    login = 20261120,
    exchange: "SHFE" | "CZCE" | "DCE" = "SHFE"
  ) => {
    const out = new TradingTime()
    const received = Date.UTC(2026, 10, 20, 2) + 40
    const verdict = resolveTradingTime(36_000, 0, actionDay, tradingDay, exchange, login, received, chinaCalendar, out)
    assert.strictEqual(verdict, 0)
    assert.strictEqual(out.exchangeTimeMs, Date.UTC(2026, 10, 20, 2), `${actionDay} ${tradingDay}`)
    assert.deepStrictEqual([out.tradingDay, out.stale], [20261120, false], `${actionDay} ${tradingDay}`)
  }

  it("R10: a trading day years away from the day of the tick is not published as its trading day", () => {
    for (const exchange of ["SHFE", "CZCE", "DCE"] as const) {
      for (const damage of [20991231, 19900101, 20260101]) settle(20261120, damage, 20261120, exchange)
    }
    settle(20261120, 20991231, 0)
  })

  it("R10: an action day years away from the trading day does not move the tick there", () => {
    for (const damage of [20991231, 19900101, 20000101, 20260101]) {
      settle(damage, 20261120)
      settle(damage, 20261120, 0)
    }
  })
})

it("R10: the simulated market writes the days of its own clock", () => {
  const market = new SimMarket(marketContracts(3), new Dice(1, 1), () => true)
  market.snapshot(Date.UTC(2026, 10, 24, 5, 23))
  const days = new Int32Array(market.records[0]?.buffer as ArrayBuffer, 0, recordI32)
  assert.deepStrictEqual(
    [days[word.actionDay], days[word.tradingDay], market.tradingDay],
    [20261124, 20261124, 20261124]
  )
})
