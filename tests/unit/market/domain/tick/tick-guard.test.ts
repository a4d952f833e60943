// The guard goes around the schema for speed: what it lets through must be exactly what the schema lets through.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { DomainTick } from "../../../../../src/market/domain/tick/tick.ts"
import { isDomainTick } from "../../../../../src/market/domain/tick/tick-guard.ts"

const isBySchema = Schema.is(DomainTick)

const randomFrom = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const good = {
  instrumentId: "IF2612",
  exchange: "CFFEX",
  feed: "primary",
  sequence: 1,
  exchangeTimeMs: 1_795_222_923_500,
  receivedMs: 1_795_222_923_541.387,
  tradingDay: 20261123,
  lastPrice: 4041.6,
  volumeLots: 12,
  lastVolumeLots: 0,
  turnover: 0,
  openInterest: 5,
  upperLimit: 4392.400000000001,
  lowerLimit: 3594,
  openPrice: -1,
  highPrice: 1e-12,
  lowPrice: 2,
  preClose: 3,
  preSettlement: 4,
  averagePrice: 5,
  bids: [{ price: 1, volumeLots: 1 }, { volumeLots: 3 }],
  asks: [],
  flags: ["snapshot"]
}

/** What a field may wrongly hold, and now and then rightly. */
const strange: ReadonlyArray<unknown> = [
  undefined,
  null,
  "",
  "x",
  "SHFE",
  "GFEX",
  0,
  -0,
  -1,
  1,
  0.5,
  1e300,
  1.0000001e300,
  -1e300,
  -1.1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MAX_VALUE,
  1.79769e308,
  2 ** 53,
  2 ** 53 - 1,
  19900100,
  19900101,
  20991231,
  20991232,
  [],
  {},
  [{}],
  [{ volumeLots: 1 }],
  [{ volumeLots: -1 }],
  [{ volumeLots: 1, price: undefined }],
  [{ volumeLots: 1, price: Number.MAX_VALUE }],
  [{ volumeLots: 1, other: true }],
  Array.from({ length: 6 }, () => ({ volumeLots: 0 })),
  Array.from({ length: 5 }, () => ({ volumeLots: 0 })),
  Array(3),
  [null],
  [[]],
  ["snapshot", "book_crossed"],
  ["no_such_law"],
  [undefined],
  true,
  5n,
  () => 1,
  new Date(0),
  new Map(),
  Object.create({ volumeLots: 1 }),
  Symbol.iterator
]

describe("isDomainTick", () => {
  it("takes a good tick and names of all eight exchanges", () => {
    assert.isTrue(isDomainTick(good))
    for (const exchange of ["CFFEX", "SHFE", "CZCE", "DCE", "INE", "GFEX", "SSE", "SZSE"]) {
      assert.isTrue(isDomainTick({ ...good, exchange }), exchange)
    }
    assert.isFalse(isDomainTick({ ...good, exchange: "" }))
  })

  it("says what the schema says of 20,000 ticks with up to three strange or missing fields", () => {
    const seed = 20261121
    const random = randomFrom(seed)
    const keys = Object.keys(good)
    const whole = (n: number) => Math.floor(random() * n)
    let taken = 0
    for (let n = 0; n < 20_000; n++) {
      const tick: Record<string, unknown> = { ...good }
      const changes = whole(4)
      for (let change = 0; change < changes; change++) {
        const key = keys[whole(keys.length)] as string
        if (random() < 0.3) delete tick[key]
        else tick[key] = strange[whole(strange.length)]
      }
      const expected = isBySchema(tick)
      if (expected) taken++
      assert.strictEqual(
        isDomainTick(tick),
        expected,
        `seed ${seed}, case ${n}: ${String(
          Object.entries(tick)
            .filter(([key, value]) => value !== (good as Record<string, unknown>)[key])
            .map(([key, value]) => `${key} ${typeof value}`)
        )}`
      )
    }
    // Neither side of the question may be rare, or equality says little.
    assert.isAbove(taken, 5000)
    assert.isBelow(taken, 15_000)
  })

  it("says what the schema says of what is no tick at all", () => {
    for (const value of [...strange, [good], new Proxy({}, {}), { ...good, more: 1 }]) {
      assert.strictEqual(isDomainTick(value), isBySchema(value))
    }
  })

  it.prop(
    "takes every tick that the schema makes",
    { tick: DomainTick },
    ({ tick }) => assert.isTrue(isDomainTick(tick)),
    {
      arbitrary: { runs: 10_000 }
    }
  )
})
