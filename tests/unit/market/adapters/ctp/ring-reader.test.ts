// The reader decides the cost of a tick: a wake-up for each tick costs three processes more than the tick, and a
// pause that ends without an armed doorbell stops the line.
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { TickSlab } from "../../../../../src/kernel/tick/tick-slab.ts"
import { controlKind, header, slot, slotBytes } from "../../../../../src/market/adapters/ctp/ring-layout.ts"
import { RingReader } from "../../../../../src/market/adapters/ctp/ring-reader.ts"
import type { SharedRing } from "../../../../../src/market/adapters/ctp/shared-ring.ts"
import { makeRing } from "../../../../support/native-worker.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const setUp = () => {
  const ring = makeRing(128)
  const taken: Array<number> = []
  const slab = new TickSlab(4096)
  const reader = new RingReader({
    ring,
    intake: {
      room: () => 1000,
      slab: () => slab,
      accept: (rows, start) => void taken.push(rows.used - start),
      whenRoom: () => undefined
    },
    onControl: () => undefined,
    onTicks: () => undefined,
    later: (resume) => void setImmediate(resume)
  })
  return { ring, reader, taken }
}

/** What the producer does, without its doorbell. */
const publishTick = (ring: SharedRing) => {
  const head = ring.head()
  ring.bytes.fill(0, ring.slotOffset(head), ring.slotOffset(head) + slotBytes)
  ring.u32[(ring.slotOffset(head) + slot.kind) / 4] = controlKind.tick
  ring.u32[header.head / 4] = head + 1
}

const isArmed = (ring: SharedRing) => ring.u32[header.sleeping / 4] === 1

it("reads the first tick at once, and those that follow it closely together", () => {
  const { ring, reader, taken } = setUp()
  publishTick(ring)
  reader.drain()
  expect(taken).toEqual([1])
  expect(isArmed(ring)).toBe(false)
  for (let n = 0; n < 5; n++) publishTick(ring)
  vi.advanceTimersByTime(1)
  expect(taken).toEqual([1, 5])
})

it("arms the doorbell after a pause without a tick, and reads no more by itself", () => {
  const { ring, reader, taken } = setUp()
  publishTick(ring)
  reader.drain()
  vi.advanceTimersByTime(1)
  expect(isArmed(ring)).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
  expect(taken).toEqual([1])
})

it("reads at once when asked during a pause, and pauses only once", () => {
  const { ring, reader, taken } = setUp()
  publishTick(ring)
  reader.drain()
  publishTick(ring)
  reader.drain()
  expect(taken).toEqual([1, 1])
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(2)
  expect(isArmed(ring)).toBe(true)
})
