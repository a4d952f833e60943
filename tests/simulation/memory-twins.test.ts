// A simulation proves something about the daemon only when its parts follow the rules of the real ones.
import { Effect } from "effect"
import { expect, it } from "vitest"
import { recordBytes } from "../../src/kernel/tick/tick-slab.ts"
import { MemoryRing } from "../../src/market/adapters/memory/memory-ring.ts"
import { MemoryStream } from "../../src/market/adapters/memory/memory-stream.ts"

const [connected, disconnected, control] = [2, 3, 4] as const

it("a full ring drops the newest tick, burns its number, and keeps room for control events", () => {
  const ring = new MemoryRing(128)
  const tick = new Uint8Array(recordBytes)
  for (let at = 0; at < 70; at++) ring.pushTick(tick)
  expect(ring.head()).toBe(64)
  expect([ring.ticks, ring.dropTicks]).toEqual([70, 6])
  for (let at = 0; at < 70; at++) ring.pushControl(control, 0, 0, [])
  expect(ring.head()).toBe(128)
  expect(ring.dropControl).toBe(6)
  ring.setTail(1)
  expect(ring.pushTick(tick)).toBe(false)
  ring.setTail(128)
  expect(ring.pushTick(tick)).toBe(true)
  expect(ring.u32[ring.slotOffset(128) / 4]).toBe(72)
})

it("keeps link events that found no slot, folded to the last state, and sends them first", () => {
  const ring = new MemoryRing(128)
  while (ring.pushControl(control, 0, 0, []));
  for (const kind of [connected, disconnected, connected]) expect(ring.pushControl(kind, 7, 0, [])).toBe(false)
  expect(ring.dropControl).toBe(1)
  ring.setTail(1)
  expect(ring.head()).toBe(129)
  ring.setTail(10)
  expect(ring.head()).toBe(130)
  expect([128, 129].map((at) => ring.u32[ring.slotOffset(at) / 4 + 4])).toEqual([disconnected, connected])
})

it("rings only for a reader that sleeps", () => {
  const ring = new MemoryRing(128)
  let rung = 0
  ring.onRing = () => rung++
  ring.pushTick(new Uint8Array(recordBytes))
  ring.ring()
  ring.ring()
  expect(rung).toBe(1)
  expect(ring.sleep()).toBe(false)
  ring.setTail(1)
  expect(ring.sleep()).toBe(true)
  ring.ring()
  expect(rung).toBe(1)
})

const makeStream = () => {
  const alarms: Array<() => void> = []
  const stored: Array<string> = []
  const stream = new MemoryStream<string>({
    later: (_, run) => {
      alarms.push(run)
      return () => undefined
    },
    onStored: (_, payload) => stored.push(String(payload)),
    onSent: () => undefined,
    failure: (code) => code
  })
  const told: Array<string> = []
  const events = {
    stored: (slot: number, seq: number) => void told.push(`stored ${slot} ${seq}`),
    refused: (slot: number, refusal: { readonly code: string }) => void told.push(`refused ${slot} ${refusal.code}`),
    closed: () => void told.push("closed")
  }
  const ring = () => alarms.splice(0).forEach((run) => run())
  return { stream, stored, told, events, ring }
}

it("stores after the way to the server, answers after the way back, and checks the sequence that a message expects", async () => {
  const { stream, stored, told, events, ring } = makeStream()
  const link = await Effect.runPromise(stream.open(events))
  link.publish(0, "a", "x", true)
  link.publishAfter(1, "a", "y", 0)
  expect(stored).toEqual([])
  ring()
  expect(stored).toEqual(["x"])
  expect(told).toEqual([])
  ring()
  expect(told).toEqual(["stored 0 1", "refused 1 WRONG_LAST_SEQUENCE"])
})

it("a broken connection loses what had not arrived; what had arrived is stored without an answer", async () => {
  const { stream, stored, told, events, ring } = makeStream()
  const link = await Effect.runPromise(stream.open(events))
  for (let slot = 0; slot < 4; slot++) link.publish(slot, "a", String(slot), true)
  stream.breakAll(0.5, "broken")
  ring()
  ring()
  expect(stored).toEqual(["0", "1"])
  expect(told).toEqual(["closed"])
  expect(() => link.publish(9, "a", "late", true)).toThrow("closed")
})

it("a full stream refuses, a stalled server does neither, and an empty store is recognised by its creation time", async () => {
  const { stream, stored, told, events, ring } = makeStream()
  const link = await Effect.runPromise(stream.open(events))
  stream.isFull = true
  link.publish(0, "a", "x", true)
  ring()
  ring()
  expect(told).toEqual(["refused 0 STREAM_FULL"])
  stream.isFull = false
  stream.stalls = 1
  link.publish(1, "a", "y", true)
  ring()
  expect(stored).toEqual([])
  stream.stalls = 0
  stream.resume()
  ring()
  expect(stored).toEqual(["y"])
  const before = await Effect.runPromise(link.tail)
  stream.wipe()
  const after = await Effect.runPromise(link.tail)
  expect(after.lastSeq).toBe(0)
  expect(after.created).not.toBe(before.created)
})
