import { wireDouble, wireInt, wireLevel, wireTickBytes } from "../../src/simulator/front/wire-tick.ts"
import { Market } from "../../src/simulator/market/market.ts"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import type { StoredTick } from "./cli-stream.ts"

/** A market with a timetable, as `tickd front --since` sends it in bursts. */
export interface MarketPlan {
  readonly instruments: number
  readonly rate: number
  readonly seed: number
  readonly sinceMs: number
}

const burstMs = 500
const level = wireLevel(1)

/** The content of a tick, as far as two ticks of the market differ. */
const saysStored = (tick: StoredTick): string =>
  ["volume", "turnover", "last_price", "bid_price_1", "bid_volume_1", "ask_price_1", "ask_volume_1"]
    .map((key) => String(tick[key]))
    .join(" ")

const saysSent = (bytes: Buffer, at: number): string =>
  [
    bytes.readInt32LE(at + wireInt.volume),
    bytes.readDoubleLE(at + wireDouble.turnover),
    bytes.readDoubleLE(at + wireDouble.lastPrice),
    bytes.readDoubleLE(at + level.bidPrice),
    bytes.readInt32LE(at + level.bidVolume),
    bytes.readDoubleLE(at + level.askPrice),
    bytes.readInt32LE(at + level.askVolume)
  ].join(" ")

/** All ticks of the market from its beginning to a moment, by instrument and in sequence, without a front. */
const marketUntil = (plan: MarketPlan, untilMs: number): ReadonlyMap<string, ReadonlyArray<string>> => {
  const contracts = marketContracts(plan.instruments)
  const market = new Market({ contracts, seed: plan.seed, nowMs: plan.sinceMs, tradingDay: undefined })
  const said = new Map<string, Array<string>>(contracts.map(({ id }) => [id, []]))
  const order = Int32Array.from(contracts.keys())
  let made = 0
  for (let period = 0; plan.sinceMs + period * burstMs <= untilMs; period++) {
    const until = Math.floor(((period + 1) * plan.rate * burstMs) / 1000)
    for (; made < until; made++) {
      const index = made % contracts.length
      const bytes = market.ticks(plan.sinceMs + period * burstMs, order, index, 1)
      said.get(contracts[index]?.id ?? "")?.push(saysSent(bytes.subarray(0, wireTickBytes), 0))
    }
  }
  return said
}

/**
 * Compares stored ticks with the market: of each instrument one unbroken range, in sequence, nothing twice. Returns
 * the number of the market's ticks between the first and the last stored one; throws where one is missing.
 */
export const checkAgainstMarket = (plan: MarketPlan, stored: ReadonlyArray<StoredTick>): number => {
  const untilMs = Math.max(...stored.map((tick) => Number(tick["recv_ts"])))
  const market = marketUntil(plan, untilMs)
  const byInstrument = Map.groupBy(stored, ({ symbol }) => symbol)
  let span = 0
  for (const [symbol, ticks] of byInstrument) {
    const said = market.get(symbol) ?? []
    const says = ticks.map(saysStored)
    const begins = said.flatMap((text, at) => (text === says[0] ? [at] : []))
    const from = begins.find((at) => says.every((text, n) => said[at + n] === text))
    if (from === undefined) {
      const at = begins[0] ?? -1
      const wrong = says.findIndex((text, n) => said[at + n] !== text)
      const tick = ticks[wrong]
      throw new Error(
        `${symbol}: tick ${wrong + 1} of ${says.length} (feed ${tick?.feed}, seq ${tick?.seq}) is not the market's next one; ` +
          `it stands ${said.indexOf(says[wrong] ?? "", Math.max(at, 0)) - at - wrong} ticks further on`
      )
    }
    span += says.length
  }
  return span
}
