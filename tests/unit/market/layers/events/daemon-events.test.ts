// Integrity must close a gap before a machine acts on the same event, and the log must have it before both.
import { assert, it } from "@effect/vitest"
import { EventBus, subscriberOrder } from "../../../../../src/market/layers/events/daemon-events.ts"

const event = { type: "stall", stallMs: 1 } as const

it("delivers an event in the order of the turns, whatever the order of subscribing", () => {
  const bus = new EventBus()
  const heard: Array<string> = []
  for (const subscriber of subscriberOrder.toReversed()) bus.subscribe(subscriber, () => void heard.push(subscriber))
  bus.publish(event)
  assert.deepStrictEqual(heard, [...subscriberOrder])
})

it("delivers to several subscribers of one turn in the order of subscribing, and only from then on", () => {
  const bus = new EventBus()
  const heard: Array<string> = []
  bus.publish(event)
  bus.subscribe("integrity", ({ type }) => void heard.push(`first ${type}`))
  bus.subscribe("integrity", ({ type }) => void heard.push(`second ${type}`))
  bus.publish(event)
  assert.deepStrictEqual(heard, ["first stall", "second stall"])
})

it("delivers an event that a subscriber publishes before the rest of the first one", () => {
  const bus = new EventBus()
  const heard: Array<string> = []
  bus.subscribe("log", ({ type }) => {
    if (type === "stall") bus.publish({ type: "beyondCalendar", feed: "primary" })
  })
  bus.subscribe("journal", ({ type }) => void heard.push(type))
  bus.publish(event)
  assert.deepStrictEqual(heard, ["beyondCalendar", "stall"])
})
