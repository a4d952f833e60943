// A client that was never sent an update twice has not been tested for it: each fault of the stream must act.
import { assert, it } from "@effect/vitest"
import type { VenueEvent } from "../../../../src/simulator/paper/core/event-log.ts"
import { makeDelivery } from "../../../../src/simulator/paper/faults/delivery.ts"
import { type BoardFault, makeFaultBoard } from "../../../../src/simulator/paper/faults/fault-board.ts"

const event = (name: string): VenueEvent => ({
  at: 1_796_050_800_000_000_001n,
  data: { event: name, event_id: name, timestamp: "2026-11-30T15:00:00.000000001Z" } as VenueEvent["data"]
})

const sentWith = (fault?: BoardFault) => {
  const faults = makeFaultBoard(1)
  if (fault !== undefined) faults.set(fault, 1)
  const delivery = makeDelivery(faults)
  const sent = ["1", "2", "3", "4", "5"].map((name) => delivery.next(event(name)))
  return {
    sent: sent
      .flat()
      .map(({ data }) => data.event)
      .join(""),
    delivery,
    first: sent[0]?.[0]?.data.timestamp
  }
}

it("sends each event once and in its sequence, but for the fault that acts", () => {
  const sequences = ([undefined, "update-drop", "update-twice", "update-reorder", "update-late"] as const).map(
    (fault) => sentWith(fault).sent
  )
  assert.deepStrictEqual(sequences, ["12345", "2345", "112345", "21345", "23415"])
})

it("gives what it holds back when nothing follows", () => {
  const faults = makeFaultBoard(1)
  faults.set("update-late", 1)
  const delivery = makeDelivery(faults)
  assert.deepStrictEqual(delivery.next(event("1")), [])
  assert.isTrue(delivery.isHolding())
  assert.deepStrictEqual(
    delivery.flush().map(({ data }) => data.event),
    ["1"]
  )
  assert.isFalse(delivery.isHolding())
})

it("writes the same instant with New York's offset", () => {
  assert.strictEqual(sentWith("offset-timestamps").first, "2026-11-30T10:00:00.000000001-05:00")
})

it("draws from the seed alone whether a fault acts", () => {
  const drawn = (seed: number) => {
    const faults = makeFaultBoard(seed, { "update-drop": 0.3 })
    return Array.from({ length: 200 }, () => (faults.take("update-drop") ? 1 : 0)).join("")
  }
  assert.strictEqual(drawn(5), drawn(5))
  assert.notStrictEqual(drawn(5), drawn(6))
  const acted = drawn(5).replaceAll("0", "").length
  assert.isTrue(acted > 30 && acted < 90, `acted ${acted} times of 200`)
})
