// Each exit code sends an operator elsewhere: 21 to the session and the stream, 3 to the contracts.
import { assert, it } from "@effect/vitest"
import {
  type SubscriptionFacts,
  subscriptionLook
} from "../../../../../../src/ops/layers/live/proofs/subscription-verdict.ts"
import { statusMessage } from "../../../../../support/status-message.ts"

const symbols = Array.from({ length: 200 }, (_, at) => `rb${2700 + at}.SHFE`)
const session = (feed: string, more: object = {}) => ({
  feed,
  account: "0123...89",
  state: "streaming",
  since: "",
  attempts: 0,
  trading_day: "20261201",
  last_error: null,
  api_version: "",
  worker_pid: 1,
  subscriptions: { wanted: 200, acknowledged: 200, rejected: 0 },
  ...more
})
const subscribed = (feed: string, from = 0) =>
  symbols.slice(from).map((symbol) => ({ symbol, feed, active: true, rejected: null }))

const healthy: SubscriptionFacts = {
  status: { ...statusMessage, uptime_ms: 60_000, sessions: [session("primary")] },
  catalogue: symbols,
  subscriptions: subscribed("primary"),
  isOpen: true,
  newest: { atMs: 999_000, nowMs: 1_000_000 }
}
const lookOf = (more: Partial<SubscriptionFacts>) => {
  const look = subscriptionLook({ ...healthy, ...more })
  return look.holds ? look.facts : `${look.exit}${look.final ? " final" : ""}: ${look.why}`
}
const sessions = (...all: ReadonlyArray<ReturnType<typeof session>>) => ({ ...healthy.status, sessions: all })

it("holds with a session that is logged in, fresh ticks and 99.5 % of the catalogue", () => {
  assert.deepStrictEqual(lookOf({}), {})
  assert.deepStrictEqual(lookOf({ subscriptions: subscribed("primary", 1) }), {})
})

it("is short of coverage below 99.5 %, and names what is missing and never more than five", () => {
  const text = lookOf({ subscriptions: subscribed("primary", 2) })
  assert.match(String(text), /^subscription: Coverage of feed primary is 99.00 % \(198 of 200\), below 99.50 %/)
  assert.include(String(text), "missing are rb2700.SHFE, rb2701.SHFE: run")
  assert.include(String(lookOf({ subscriptions: subscribed("primary", 9) })), "rb2704.SHFE and 4 more")
})

it("does not count what the other feed has, because its ticks are not stored", () => {
  const status = { ...sessions(session("primary"), session("backup")), failover: { active: "backup" } as never }
  const subscriptions = [...subscribed("primary"), ...subscribed("backup", 100)]
  assert.match(String(lookOf({ status, subscriptions })), /^subscription: Coverage of feed backup is 50.00 %/)
})

it("has the code of the ingest without a login or a tick, and does not wait for refused credentials", () => {
  const away = lookOf({ status: sessions(session("primary", { state: "connecting", last_error: "front is silent" })) })
  assert.match(String(away), /^ingest: Session primary is not logged in, it is connecting: front is silent; run/)
  const rejected = lookOf({
    status: sessions(session("primary", { state: "rejected", last_error: "3 wrong password" }))
  })
  assert.match(String(rejected), /^ingest final: Session primary .*3 wrong password.*tickd retry --feed primary/)
  assert.match(String(lookOf({ status: sessions() })), /^ingest: The daemon has no session/)
  assert.match(String(lookOf({ newest: { atMs: undefined, nowMs: 1 } })), /^ingest: No tick is stored/)
  assert.match(
    String(lookOf({ newest: { atMs: 939_000, nowMs: 1_000_000 } })),
    /^ingest: No tick of the running daemon/
  )
  const long = { ...healthy.status, uptime_ms: 900_000 }
  assert.match(
    String(lookOf({ status: long, newest: { atMs: 900_000, nowMs: 1_000_000 } })),
    /^ingest: The market is open, and the newest stored tick is 100 s old/
  )
  assert.match(String(lookOf({ newest: "denied" })), /^ingest: The stored ticks cannot be read: denied/)
})

it("in a closed market wants an answer to each subscription and no tick, and says that the market is closed", () => {
  const closed = { isOpen: false, newest: { atMs: undefined, nowMs: 1 } }
  assert.deepStrictEqual(lookOf(closed), { marketClosed: true })
  assert.deepStrictEqual(lookOf({ ...closed, status: sessions(session("primary", { state: "resting" })) }), {
    marketClosed: true
  })
  const unanswered = [
    ...subscribed("primary", 1),
    { symbol: symbols[0] ?? "", feed: "primary", active: false, rejected: null }
  ]
  assert.match(String(lookOf({ ...closed, subscriptions: unanswered })), /^subscription: The front has not answered 1 /)
  assert.match(
    String(lookOf({ ...closed, status: sessions(session("primary", { state: "resting", trading_day: null })) })),
    /^ingest: /
  )
})

it("without a catalogue counts what is wanted, and nothing is not enough", () => {
  assert.deepStrictEqual(lookOf({ catalogue: [] }), {})
  assert.match(String(lookOf({ catalogue: [], subscriptions: [] })), /^subscription: Nothing is subscribed/)
})
