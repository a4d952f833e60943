// Compact is read by programs that never see the JSON: whatever it cannot say, or says otherwise, is lost to them for
// good.
import { assert, describe, it } from "@effect/vitest"
import { laws } from "../../../../../src/kernel/tick/law.ts"
import { double, TickSlab, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { makeCompactWriter } from "../../../../../src/protocol/market/tick/tick-compact.ts"
import { decodeCompact } from "../../../../../src/protocol/market/tick/tick-compact-decode.ts"
import {
  compactFlags,
  flagsOfVerdict,
  verdictOfFlags
} from "../../../../../src/protocol/market/tick/tick-compact-layout.ts"
import { TickFormatError } from "../../../../../src/protocol/market/tick/tick-format.ts"
import { makeTickWriter } from "../../../../../src/protocol/market/tick/tick-message.ts"
import { fractionsOf } from "../../../../support/seeded-random.ts"
import { fillRandom, recordNames } from "../../../../support/serial-records.ts"

const names = recordNames()
const seed = 20261121

/** The error's code, `none` when it can be read, and a failure for anything that is not a `TickFormatError`. */
const codeOf = (bytes: Uint8Array): string => {
  try {
    decodeCompact(bytes)
    return "none"
  } catch (error) {
    assert.instanceOf(error, TickFormatError)
    return (error as TickFormatError).code
  }
}

const sample = (count: number, from = seed) => {
  const random = fractionsOf(from)
  const slab = new TickSlab(1)
  const { write } = makeCompactWriter(names)
  return Array.from({ length: count }, () => {
    fillRandom(slab, 0, random)
    return write(slab, 0, 0) as Uint8Array
  })
}

describe("compact", () => {
  it("says what the JSON says, byte for byte, of 12,000 random records", () => {
    const random = fractionsOf(seed)
    const slab = new TickSlab(64)
    const json = makeTickWriter(names)
    const compact = makeCompactWriter(names)
    for (let n = 0; n < 12_000; n++) {
      const row = n % slab.rows
      fillRandom(slab, row, random)
      const bytes = compact.write(slab, row, n % 2) as Uint8Array
      const tick = decodeCompact(bytes)
      // JSON would hide it
      assert.isFalse(
        Object.values(tick).some((value) => Object.is(value, -0)),
        `seed ${seed}, record ${n}`
      )
      assert.strictEqual(
        JSON.stringify(tick),
        Buffer.from(json.write(slab, row, n % 2)).toString(),
        `seed ${seed}, record ${n}`
      )
    }
  })

  it("has the size that the page promises", () => {
    const slab = new TickSlab(1)
    slab.f64.fill(Number.MAX_VALUE)
    slab.i32.fill(0, word.bidVolume1, word.askVolume1 + 5)
    slab.i32[word.instrument] = 0
    slab.f64[double.exchangeTimeMs] = 1_795_222_923_007
    const sizes = Array.from({ length: 6 }, (_, depth) => {
      if (depth > 0) slab.f64[double.bidPrice1 + depth - 1] = 1
      return (makeCompactWriter(names).write(slab, 0, 0) as Uint8Array).length
    })
    const texts = "rb2410SHFEprimary".length
    assert.deepStrictEqual(
      sizes,
      [0, 1, 2, 3, 4, 5].map((depth) => 144 + 24 * depth + texts)
    )
  })

  it("never writes again what it gave out, over many pieces of memory", () => {
    const random = fractionsOf(seed + 1)
    const slab = new TickSlab(1)
    const { write } = makeCompactWriter(names)
    const kept: Array<{ readonly bytes: Uint8Array; readonly copy: Uint8Array }> = []
    for (let n = 0; n < 3000; n++) {
      fillRandom(slab, 0, random)
      const bytes = write(slab, 0, 0) as Uint8Array
      kept.push({ bytes, copy: Uint8Array.from(bytes) })
    }
    assert.isAbove(new Set(kept.map(({ bytes }) => bytes.buffer)).size, 5)
    for (const { bytes, copy } of kept) assert.deepStrictEqual(bytes, copy)
  })

  it("is read from any place in memory", () => {
    for (const [shift, bytes] of sample(9).entries()) {
      const moved = new Uint8Array(bytes.length + 16)
      moved.fill(0xff)
      moved.set(bytes, shift)
      assert.deepStrictEqual(decodeCompact(moved.subarray(shift, shift + bytes.length)), decodeCompact(bytes))
    }
  })

  it("refuses every message that was cut or made longer", () => {
    const [bytes = new Uint8Array()] = sample(1)
    for (let length = 0; length < bytes.length; length++) {
      assert.strictEqual(codeOf(bytes.subarray(0, length)), length === 3 ? "TICK_VERSION_UNKNOWN" : "TICK_MALFORMED")
    }
    assert.strictEqual(codeOf(Uint8Array.of(...bytes, 0)), "TICK_MALFORMED")
  })

  it("answers damage with its own error and no other, 5,000 times", () => {
    const random = fractionsOf(seed + 2)
    for (const bytes of sample(5000)) {
      const damaged = Uint8Array.from(bytes)
      for (let n = 0; n < 4; n++) damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256)
      codeOf(damaged)
    }
  })

  it("names a version, a flag, an exchange and a time that it does not know", () => {
    const damage = (at: number, ...values: ReadonlyArray<number>) => {
      const bytes = Uint8Array.from(sample(1, 7)[0] as Uint8Array)
      bytes.set(values, at)
      return bytes
    }
    assert.strictEqual(codeOf(damage(0, 0x54)), "none")
    assert.strictEqual(codeOf(damage(3, 2)), "TICK_VERSION_UNKNOWN")
    assert.strictEqual(codeOf(damage(35, 0x80)), "TICK_VERSION_UNKNOWN")
    assert.strictEqual(codeOf(damage(4, 6)), "TICK_MALFORMED")
    assert.strictEqual(codeOf(damage(24, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)), "TICK_MALFORMED")
    const bytes = sample(1, 7)[0] as Uint8Array
    const exchangeAt = 144 + 24 * (bytes[4] as number) + (bytes[5] as number)
    assert.throws(() => decodeCompact(damage(exchangeAt, 0x58)), /"XHFE" is not an exchange/)
  })

  it("refuses a record that has no time, instrument or feed", () => {
    const slab = new TickSlab(1)
    const { write } = makeCompactWriter(names)
    fillRandom(slab, 0, fractionsOf(seed))
    assert.throws(() => write(slab, 0, 2), /no feed has index 2/)
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e18, 1_795_222_923_007.5]) {
      slab.f64[double.exchangeTimeMs] = time
      assert.throws(() => write(slab, 0, 0), /not an exchange time/)
    }
    slab.i32[word.instrument] = 99
    assert.throws(() => write(slab, 0, 0), /no instrument has index 99/)
  })

  it("refuses a name that its length byte cannot hold", () => {
    const slab = new TickSlab(1)
    fillRandom(slab, 0, fractionsOf(seed))
    const directory = { at: () => ({ id: "螺".repeat(86), exchange: "SHFE" }) }
    assert.throws(() => makeCompactWriter({ directory, feedNames: ["f"] }).write(slab, 0, 0), /longer than 255 bytes/)
  })

  it("has a bit of its own for each law, whatever their order is", () => {
    assert.sameMembers([...compactFlags], [...laws])
    for (const [at, law] of laws.entries()) {
      assert.strictEqual(flagsOfVerdict(1 << at), 1 << compactFlags.indexOf(law))
      assert.strictEqual(verdictOfFlags(1 << compactFlags.indexOf(law)), 1 << at)
    }
    assert.isUndefined(verdictOfFlags(1 << compactFlags.length))
  })
})
