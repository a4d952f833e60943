import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import { mix32, stateOf } from "../../market/seeded-random.ts"
import type { PriceUnits } from "./amount.ts"

/** The best bid and offer. Sizes in shares. `at`: the step of the market at which it was made. */
export interface PaperQuote {
  readonly at: InstantNs
  readonly bid: PriceUnits
  readonly ask: PriceUnits
  readonly bidSize: number
  readonly askSize: number
}

/** Width of the noise of each scale, as a share of the price, and its period in seconds. */
const scales: ReadonlyArray<readonly [periodSeconds: number, width: number]> = [
  [7_776_000, 0.2],
  [864_000, 0.06],
  [86_400, 0.02],
  [3600, 0.006],
  [300, 0.002],
  [30, 0.0008],
  [4, 0.0004]
]

const cent: PriceUnits = 100
const dollar: PriceUnits = 10_000

/** -1 … 1 */
const hashed = (state: number, step: number): number =>
  mix32(mix32(state ^ step) ^ Math.floor(step / 2 ** 32)) / 2 ** 31 - 1

const noise = (state: number, x: number): number => {
  const step = Math.floor(x)
  const within = x - step
  const weight = within * within * (3 - 2 * within)
  return hashed(state, step) * (1 - weight) + hashed(state, step + 1) * weight
}

/**
 * The price of one symbol as a function of time alone: sums of value noise, a random walk that can be read at any
 * instant without the steps before it. History, the running quote and a jump of the clock therefore agree.
 */
export interface PricePath {
  /** Middle of the market, not rounded to a tick. */
  readonly mid: (instant: InstantNs) => number
  readonly quote: (instant: InstantNs) => PaperQuote
  /** A number in [0, 1) for a step of this symbol. */
  readonly chance: (kind: string, step: number) => number
}

export const makePricePath = (seed: number, symbol: string, stepNs: bigint, basePrice?: PriceUnits): PricePath => {
  const root = stateOf(seed, symbol)
  const states = scales.map((_, at) => mix32(root ^ (at + 1)))
  const base = basePrice ?? Math.round((20 + (mix32(root ^ 99) / 2 ** 32) * 280) * 100) * cent
  const kinds = new Map<string, number>()
  const chance = (kind: string, step: number): number => {
    const state = kinds.get(kind) ?? stateOf(root, kind)
    kinds.set(kind, state)
    return (hashed(state, step) + 1) / 2
  }
  const mid = (instant: InstantNs): number => {
    const seconds = Number(instant / 1_000_000n) / 1000
    let share = 1
    for (let at = 0; at < scales.length; at++) {
      const [period, width] = scales[at] as readonly [number, number]
      share += width * noise(states[at] as number, seconds / period)
    }
    return base * share
  }
  const quote = (instant: InstantNs): PaperQuote => {
    const step = instant / stepNs
    const number = Number(step)
    const at = step * stepNs
    const middle = mid(at)
    // Below one dollar prices have four places.
    const tick = middle < dollar ? 1 : cent
    const width = (1 + Math.floor(chance("spread", number) * 3)) * tick
    const bid = Math.max(tick, Math.floor((middle - width / 2) / tick) * tick)
    const size = (kind: string) => 100 * (1 + Math.floor(chance(kind, number) * 20))
    return { at, bid, ask: bid + width, bidSize: size("bid-size"), askSize: size("ask-size") }
  }
  return { mid, quote, chance }
}
