// What a feed knows of its instruments decides what `tickd subscriptions` says: a record that no reader can decode
// hides all of them.
import { assert, it } from "@effect/vitest"
import { TickArrivals } from "../../../../../src/market/application/intake/tick-arrivals.ts"

it("a feed of which nothing has arrived has set nothing aside, also for instruments that another feed has named", () => {
  const arrivals = new TickArrivals()
  assert.isUndefined(arrivals.lostOf(0, "rb2701", false))
  assert.isUndefined(arrivals.lostOf(700, "rb2701", false))
  arrivals.setAside(2, undefined, 1)
  assert.strictEqual(arrivals.lostOf(2, "rb2701", false)?.ticks, 1)
  assert.isUndefined(arrivals.lostOf(700, "cu2701", false))
})
