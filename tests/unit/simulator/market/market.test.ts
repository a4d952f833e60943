// Demo and drills use the generated market: it must follow the laws of a real one, and a seed must reproduce it.
import { assert, describe, it } from "@effect/vitest"
import { wireTickBytes } from "../../../../src/simulator/front/wire-tick.ts"
import { Market } from "../../../../src/simulator/market/market.ts"
import { marketContracts } from "../../../../src/simulator/market/market-contracts.ts"

const nightMs = Date.parse("2026-11-19T13:30:00.250Z") // Thursday 21:30 in Shanghai
const contracts = marketContracts(500)
const everyone = Int32Array.from(contracts.keys())

const market = (seed: number, nowMs = nightMs) =>
  new Market({ contracts, seed, nowMs: nowMs - 1_000, tradingDay: undefined })

const text = (ticks: Buffer, at: number, bytes: number) =>
  ticks.toString("latin1", at, at + bytes).replace(/\0.*$/s, "")

describe("contract list", () => {
  it("is a function of its length alone, covers six exchanges and writes codes as they do", () => {
    const long = marketContracts(20_000)
    assert.deepStrictEqual(long.slice(0, 500), contracts)
    assert.strictEqual(new Set(long.map((contract) => contract.id)).size, 20_000)
    assert.strictEqual(new Set(marketContracts(6).map((contract) => contract.exchange)).size, 6)
    const ids = new Set(long.map((contract) => contract.id))
    for (const id of [
      "IF2612",
      "rb2701",
      "m2701-C-3000",
      "SR701",
      "SR701C5400",
      "sc2612",
      "sc2612P450",
      "si2703",
      "IO2612-P-4600"
    ]) {
      assert.isTrue(ids.has(id), id)
    }
    for (const { basePrice, id, limitDistance, priceTick } of long) {
      assert.isAtMost(id.length, 30)
      assert.isTrue(basePrice >= priceTick && limitDistance > 0, id)
    }
  })
})

describe("generated market", () => {
  it("gives the same bytes for the same seed and times, others for another seed", () => {
    const series = (seed: number) => {
      const one = market(seed)
      return Buffer.concat([0, 500, 1_000].map((ms) => one.ticks(nightMs + ms, everyone, 0, everyone.length)))
    }
    assert.isTrue(series(7).equals(series(7)))
    assert.isFalse(series(7).equals(series(8)))
  })

  it("gives a contract the same series for any other contracts", () => {
    const alone = market(3)
    const together = market(3)
    together.ticks(nightMs, everyone, 0, 10)
    const one = Int32Array.of(9)
    alone.ticks(nightMs, one, 0, 1)
    assert.isTrue(alone.ticks(nightMs + 500, one, 0, 1).equals(together.ticks(nightMs + 500, one, 0, 1)))
  })

  it("keeps grid, limits, book and running sums over 400 ticks of 500 contracts", () => {
    const one = market(11)
    const before = contracts.map(() => ({ volume: 0, turnover: 0, bytes: Buffer.alloc(0) }))
    for (let round = 0; round < 400; round++) {
      const ticks = one.ticks(nightMs + round * 250, everyone, 0, everyone.length)
      contracts.forEach((contract, index) => {
        const tick = ticks.subarray(index * wireTickBytes, (index + 1) * wireTickBytes)
        const last = before[index] as (typeof before)[number]
        const double = (at: number) => tick.readDoubleLE(at)
        const [bid, ask, lower, upper] = [double(224), double(240), double(184), double(176)]
        if (!(lower <= bid && bid < ask && ask <= upper)) assert.fail(`${contract.id}: ${lower} ${bid} ${ask} ${upper}`)
        const onGrid = (price: number) =>
          Math.abs(price / contract.priceTick - Math.round(price / contract.priceTick)) < 1e-6
        if (!onGrid(bid) || !onGrid(ask) || !onGrid(double(80)) || !onGrid(lower))
          assert.fail(`${contract.id} off grid`)
        const volume = tick.readInt32LE(136)
        if (volume < last.volume || double(144) < last.turnover) assert.fail(`${contract.id} runs backwards`)
        if (volume > 0 && !(double(128) <= double(80) && double(80) <= double(120)))
          assert.fail(`${contract.id} high/low`)
        if (tick.equals(last.bytes)) assert.fail(`${contract.id} repeats a tick`)
        for (let level = 2; level <= 5; level++) {
          const at = 224 + 32 * (level - 1)
          const further =
            contract.exchange === "CFFEX"
              ? double(at) < double(at - 32) && double(at) >= lower
              : double(at) === Number.MAX_VALUE
          const above =
            contract.exchange === "CFFEX"
              ? double(at + 16) > double(at - 16) && double(at + 16) <= upper
              : double(at + 16) === Number.MAX_VALUE
          if (!further || !above) assert.fail(`${contract.id} level ${level}`)
        }
        if (text(tick, 40, 9) !== "" || text(tick, 9, 31) !== contract.id) assert.fail(`${contract.id} texts`)
        before[index] = { volume, turnover: double(144), bytes: Buffer.from(tick) }
      })
    }
    const first = contracts[0] as (typeof contracts)[number]
    assert.closeTo(before[0]?.bytes.readDoubleLE(176) as number, first.basePrice * 1.1, first.priceTick)
    assert.isAbove(before[0]?.volume as number, 1_000)
  })

  it("stamps times by each exchange's habit at night", () => {
    const ticks = market(1).ticks(nightMs + 500, everyone, 0, everyone.length)
    const seen = new Set<string>()
    contracts.forEach(({ exchange }, index) => {
      const tick = ticks.subarray(index * wireTickBytes, (index + 1) * wireTickBytes)
      assert.strictEqual(text(tick, 208, 9), "21:30:00")
      assert.strictEqual(tick.readInt32LE(220), exchange === "DCE" ? 750 : exchange === "CZCE" ? 0 : 500)
      assert.strictEqual(text(tick, 0, 9), exchange === "CZCE" ? "20261119" : "20261120", "TradingDay")
      assert.strictEqual(text(tick, 392, 9), exchange === "DCE" ? "20261120" : "20261119", "ActionDay")
      seen.add(exchange)
    })
    assert.strictEqual(seen.size, 6)
  })

  it("starts a new trading day from the last price and with no volume", () => {
    const one = market(5, Date.parse("2026-11-20T06:59:00Z"))
    const rb = Int32Array.of(contracts.findIndex(({ id }) => id === "rb2612"))
    let last: Buffer = Buffer.alloc(0)
    for (let i = 0; i < 50; i++) last = one.ticks(Date.parse("2026-11-20T06:59:00Z") + i * 500, rb, 0, 1)
    const next = one.ticks(Date.parse("2026-11-20T13:00:00Z"), rb, 0, 1)
    assert.strictEqual(text(next, 0, 9), "20261123")
    assert.strictEqual(next.readDoubleLE(88), last.readDoubleLE(80))
    assert.isAtMost(next.readInt32LE(136), 16)
    assert.isAbove(last.readInt32LE(136), 100)
  })

  it("knows yesterday's close before the first tick", () => {
    const tick = market(1).snapshot(0)
    assert.strictEqual(text(tick, 208, 9), "15:00:00")
    assert.strictEqual(text(tick, 0, 9), "20261118")
  })
})
