// Bars are built from last_volume: lots that are dropped with a tick, or counted into another day, falsify them for
// good.
import { assert, describe, it } from "@effect/vitest"
import { bitOf } from "../../../../../src/kernel/tick/law.ts"
import { recordI32, TickSlab, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { VolumeCarry } from "../../../../../src/market/application/intake/volume-carry.ts"

const slabOf = (
  ticks: ReadonlyArray<{ readonly lots: number; readonly day?: number; readonly snapshot?: boolean }>
) => {
  const slab = new TickSlab(ticks.length)
  for (const [row, tick] of ticks.entries()) {
    slab.u32[row * recordI32 + word.instrument] = 7
    slab.u32[row * recordI32 + word.verdict] = tick.snapshot === true ? bitOf("snapshot") : 0
    slab.i32[row * recordI32 + word.tradingDay] = tick.day ?? 20261120
    slab.i32[row * recordI32 + word.lastVolume] = tick.lots
  }
  return slab
}
const lotsOf = (slab: TickSlab) =>
  Array.from({ length: slab.rows }, (_, row) => slab.i32[row * recordI32 + word.lastVolume])

/** `gone` is dropped, then `next` is sent. */
const carry = (gone: Parameters<typeof slabOf>[0], next: Parameters<typeof slabOf>[0]) => {
  const volumes = new VolumeCarry()
  const lost = slabOf(gone)
  for (let row = 0; row < lost.rows; row++) volumes.note(lost, row)
  const slab = slabOf(next)
  volumes.settle({ slab, feed: 0, start: 0, count: slab.rows })
  return lotsOf(slab)
}

describe("the growth of a volume over ticks given up", () => {
  it("goes to the next tick of the instrument, once", () => {
    assert.deepStrictEqual(carry([{ lots: 3 }, { lots: 4 }], [{ lots: 5 }, { lots: 6 }]), [12, 6])
  })

  it("stays in its trading day", () => {
    assert.deepStrictEqual(carry([{ lots: 3 }], [{ lots: 5, day: 20261123 }]), [5])
    assert.deepStrictEqual(carry([{ lots: 3 }, { lots: 4, day: 20261123 }], [{ lots: 5, day: 20261123 }]), [9])
  })

  it("passes snapshots by", () => {
    assert.deepStrictEqual(carry([{ lots: 3 }], [{ lots: -1, snapshot: true }, { lots: 5 }]), [-1, 8])
    assert.deepStrictEqual(carry([{ lots: -1, snapshot: true }], [{ lots: 5 }]), [5])
  })

  it("is not known when it was not known of one of them", () => {
    assert.deepStrictEqual(carry([{ lots: -1 }, { lots: 4 }], [{ lots: 5 }, { lots: 6 }]), [-1, 6])
    assert.deepStrictEqual(carry([{ lots: 4 }], [{ lots: -1 }, { lots: 6 }]), [-1, 6])
  })
})
