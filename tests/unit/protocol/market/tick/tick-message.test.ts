// The writer goes around the schema for speed; what it writes must be, byte for byte, what the schema would have said.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { laws } from "../../../../../src/kernel/tick/law.ts"
import { double, recordF64, recordI32, TickSlab, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { makeTickWriter } from "../../../../../src/protocol/market/tick/tick-message.ts"
import { TickMessage } from "../../../../../src/protocol/market/tick/tick-schema.ts"
import { plainRecord } from "../../../../support/plain-record.ts"
import { fractionsOf } from "../../../../support/seeded-random.ts"

/** The writer's bytes as text, read as UTF-8 strictly. */
const textWriter = (of: typeof names) => {
  const { write } = makeTickWriter(of)
  const decoder = new TextDecoder("utf-8", { fatal: true })
  return { write: (slab: TickSlab, row: number, feed: number) => decoder.decode(write(slab, row, feed)) }
}

const encode = Schema.encodeSync(TickMessage)
const decode = Schema.decodeUnknownSync(Schema.fromJsonString(TickMessage))
const DBL_MAX = Number.MAX_VALUE
const shfe = 2

/** Names that JSON must escape stand between ordinary ones. */
const ids = [
  "rb2410",
  "m2109-P-3850",
  'a"b',
  "back\\slash",
  "tab\t",
  "\u0000\u001f",
  "螺纹",
  "\ud800",
  "SP a2501&a2505",
  "😀\u2028"
]
const makeNames = () => {
  const directory = new InstrumentDirectory()
  for (const id of ids) directory.resolve(id, shfe)
  return { directory, feedNames: ["primary", 'back"up'] }
}
const names = makeNames()

const special = [
  DBL_MAX,
  -DBL_MAX,
  1.79769e308,
  Number("1.797693135e+308"),
  1e300,
  -1e300,
  9.999e299,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  5e-324,
  -2.2e-308,
  4.005552e-317,
  1e21,
  123456789012345680000,
  1e-7,
  0.1 + 0.2,
  3594.0000000000005,
  -37.63,
  8.32335e10,
  1.56108e6,
  2 ** 53
]

const fillRandom = (slab: TickSlab, row: number, random: () => number): void => {
  const [d, w] = [row * recordF64, row * recordI32]
  const whole = (n: number) => Math.floor(random() * n)
  const value = (): number => {
    const kind = random()
    if (kind < 0.35) return special[whole(special.length)] as number
    if (kind < 0.6) return Math.round(random() * 400_000) / 5
    return kind < 0.8 ? Math.round((random() - 0.5) * 1e7) / 1000 : (random() - 0.5) * 10 ** whole(30)
  }
  for (let i = double.last; i < double.askPrice1 + 5; i++) slab.f64[d + i] = value()
  for (let i = word.bidVolume1; i < word.askVolume1 + 5; i++) slab.i32[w + i] = random() < 0.4 ? 0 : whole(2 ** 32) | 0
  slab.i32[w + word.volume] = random() < 0.3 ? 0 : whole(2 ** 32) | 0
  slab.u32[w + word.seqLow] = whole(2 ** 32)
  slab.u32[w + word.seqHigh] = random() < 0.5 ? 0 : whole(2 ** 20)
  const recvNs = random() < 0.05 ? 0n : BigInt(whole(2 ** 31)) * 1_000_000_000n + BigInt(whole(1_000_000_000))
  slab.u32[w + word.recvNsLow] = Number(recvNs & 0xffffffffn)
  slab.u32[w + word.recvNsHigh] = Number(recvNs >> 32n)
  slab.i32[w + word.instrument] = whole(ids.length)
  slab.u32[w + word.verdict] = random() < 0.5 ? 0 : whole(2 ** laws.length)
  slab.i32[w + word.lastVolume] = ([-1, 0, whole(2 ** 31)] as const)[whole(3)] as number
  slab.i32[w + word.tradingDay] = [0, -1, 20181009, 20261123][whole(4)] as number
  slab.i32[w + word.actionDay] = [0, -1, 20181008, 20261120][whole(4)] as number
  slab.f64[d + double.exchangeTimeMs] = 631_152_000_000 + whole(3_471_292_800_000)
}

/** A record with the same value in every field. */
const fill = (slab: TickSlab, value: number, lots: number): void => {
  slab.f64.fill(value, double.last, double.askPrice1 + 5)
  slab.i32.fill(lots, word.bidVolume1, word.askVolume1 + 5)
  slab.i32[word.lastVolume] = lots === 0 ? -1 : lots
  slab.f64[double.exchangeTimeMs] = Date.UTC(2026, 10, 21, 1, 2, 3, 7)
}

describe("makeTickWriter", () => {
  it("writes 6,000 random records as the schema encodes them", () => {
    const seed = 20261121
    const random = fractionsOf(seed)
    const slab = new TickSlab(64)
    const { write } = textWriter(names)
    for (let n = 0; n < 6000; n++) {
      const row = n % slab.rows
      const feed = n % 2
      // Every third record repeats the previous one: the text kept of an instrument must not become stale.
      if (n % 3 !== 0 || n < slab.rows) fillRandom(slab, row, random)
      const text = write(slab, row, feed)
      const expected = encode(plainRecord(names, slab, row, feed))
      assert.deepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(expected)), `seed ${seed}, record ${n}`)
      assert.strictEqual(text, JSON.stringify(expected), `seed ${seed}, record ${n}`)
      const at = row * recordI32
      const recvNs =
        (BigInt(slab.u32[at + word.recvNsHigh] as number) << 32n) | BigInt(slab.u32[at + word.recvNsLow] as number)
      assert.strictEqual(expected.recv_ts, Number(recvNs / 1000n) / 1000, `seed ${seed}, record ${n}`)
      assert.deepStrictEqual(encode(decode(text)), expected, `seed ${seed}, record ${n}`)
    }
  })

  it("writes the keys in the schema's order", () => {
    const slab = new TickSlab(1)
    fill(slab, 1.5, 1)
    slab.u32[word.verdict] = 2 ** laws.length - 1
    slab.i32[word.tradingDay] = 20261123
    slab.i32[word.actionDay] = 20261121
    const keys = Object.keys(JSON.parse(textWriter(names).write(slab, 0, 0)))
    assert.deepStrictEqual(keys, Object.keys(TickMessage.fields))
    assert.strictEqual(keys.length, 43)
  })

  it("leaves out what was not sent, and never writes 0 for it", () => {
    const slab = new TickSlab(1)
    const { write } = textWriter(names)
    for (const absent of [
      DBL_MAX,
      1.79769e308,
      Number("1.797693135e+308"),
      1e300,
      -DBL_MAX,
      Number.NaN,
      Number.POSITIVE_INFINITY
    ]) {
      fill(slab, absent, 0)
      assert.deepStrictEqual(JSON.parse(write(slab, 0, 0)), {
        symbol: "rb2410",
        exchange: "SHFE",
        datetime: "2026-11-21T01:02:03.007Z",
        ts: 1795222923007,
        volume: 0,
        feed: "primary",
        seq: 0,
        recv_ts: 0
      })
    }
  })

  it("keeps a zero, writes -0 as 0, and keeps a volume that has no price", () => {
    const slab = new TickSlab(1)
    const { write } = textWriter(names)
    fill(slab, -0, 0)
    const zeros = JSON.parse(write(slab, 0, 0)) as TickMessage
    assert.deepStrictEqual(
      [zeros.last_price, zeros.low_price, zeros.bid_price_5, zeros.bid_volume_5, zeros.average_price],
      [0, 0, 0, 0, 0]
    )
    assert.notInclude(write(slab, 0, 0), "-0")
    fill(slab, DBL_MAX, 7)
    const orphan = JSON.parse(write(slab, 0, 0)) as TickMessage
    assert.isFalse("bid_price_1" in orphan)
    assert.strictEqual(orphan.bid_volume_1, 7)
    assert.strictEqual(orphan.ask_volume_5, 7)
  })

  it("writes the receive time with its microseconds", () => {
    const slab = new TickSlab(1)
    const { write } = textWriter(names)
    fill(slab, 1, 1)
    for (const [ns, expected] of [
      [1795222923500123456n, 1795222923500.123],
      [1795222923000001000n, 1795222923000.001],
      [1795222923999999600n, 1795222923999.999],
      [1795222923500100000n, 1795222923500.1],
      [999_000n, 0.999]
    ] as const) {
      slab.u32[word.recvNsLow] = Number(ns & 0xffffffffn)
      slab.u32[word.recvNsHigh] = Number(ns >> 32n)
      assert.strictEqual((JSON.parse(write(slab, 0, 0)) as TickMessage).recv_ts, expected)
    }
  })

  it("refuses a record that has no time, instrument or feed rather than write half a message", () => {
    const slab = new TickSlab(1)
    const { write } = textWriter(names)
    fill(slab, 1, 1)
    assert.throws(() => write(slab, 0, 2), /no feed has index 2/)
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e18]) {
      slab.f64[double.exchangeTimeMs] = time
      assert.throws(() => write(slab, 0, 0), /not an exchange time/)
      assert.throws(() => plainRecord(names, slab, 0, 0), /datetime/)
    }
    for (const index of [-1, ids.length]) {
      slab.i32[word.instrument] = index
      assert.throws(() => write(slab, 0, 0), /no instrument has index/)
      assert.throws(() => plainRecord(names, slab, 0, 0), /symbol/)
    }
  })
})

describe("TickMessage", () => {
  it("refuses a message that breaks the contract", () => {
    const good = {
      symbol: "rb2410",
      exchange: "SHFE",
      datetime: "2026-11-21T01:02:03.007Z",
      ts: 1,
      volume: 0,
      feed: "f",
      seq: 1,
      recv_ts: 1.5
    }
    assert.deepStrictEqual(decode(JSON.stringify(good)), good as TickMessage)
    for (const bad of [
      { exchange: "LME" },
      { datetime: "2026-11-21 01:02:03" },
      { ts: 1.5 },
      { last_price: null },
      { volume: "1" },
      { trading_day: "2026-11-21" },
      { bid_volume_1: 0.5 }
    ]) {
      assert.throws(() => decode(JSON.stringify({ ...good, ...bad })), undefined, undefined, JSON.stringify(bad))
    }
  })

  it("is what the reference says it is", () => {
    const page = readFileSync(new URL("../../../../../docs/reference/tick.md", import.meta.url), "utf8")
    const example = /```json\n(.*)\n```/.exec(page)?.[1] ?? ""
    assert.strictEqual(JSON.stringify(encode(decode(example))), example)
    for (const key of Object.keys(TickMessage.fields)) {
      const named = key.replace(/_[2-4]$/, "_5")
      assert.include(page, `\`${named}\``, key)
    }
  })
})
