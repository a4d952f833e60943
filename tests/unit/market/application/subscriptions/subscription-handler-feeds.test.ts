// A command for one feed must not affect the other: an operator repairs one session while the other one serves.
import { assert, it } from "vitest"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import {
  type FeedSubscriptions,
  makeSubscriptionHandler
} from "../../../../../src/market/application/subscriptions/subscription-handler.ts"

const makeHandler = () => {
  const asked: Array<string> = []
  const feedOf = (feed: string, takes: boolean): FeedSubscriptions => {
    const act = (verb: string) => (ids: ReadonlyArray<string>) => {
      asked.push(`${feed} ${verb} ${ids.join(",")}`)
      return takes ? { changed: ids, unchanged: [] } : { changed: [], unchanged: ids }
    }
    return { feed, records: () => [], want: act("want"), unwant: act("unwant"), resubscribe: act("resubscribe") }
  }
  const handler = makeSubscriptionHandler({
    feeds: [feedOf("primary", true), feedOf("backup", false)],
    directory: new InstrumentDirectory(),
    contracts: () => [],
    lastDayOf: () => undefined,
    stalled: () => [],
    admits: () => true,
    nowMs: () => 0
  })
  return { asked, handler }
}

it("goes to every feed, and is taken when one of them took it", () => {
  const { asked, handler } = makeHandler()
  assert.deepStrictEqual(handler.resubscribe(["rb2701"]), { accepted: ["rb2701"], rejected: [] })
  assert.deepStrictEqual(asked, ["primary resubscribe rb2701", "backup resubscribe rb2701"])
})

it("goes to the named feed alone, whose no is the answer", () => {
  const { asked, handler } = makeHandler()
  assert.deepStrictEqual(handler.unwant(["rb2701"], "backup").rejected, [
    { instrument: "rb2701", reason: "Not wanted" }
  ])
  assert.deepStrictEqual(handler.want(["rb2701"], "primary").accepted, ["rb2701"])
  assert.deepStrictEqual(asked, ["backup unwant rb2701", "primary want rb2701"])
})
