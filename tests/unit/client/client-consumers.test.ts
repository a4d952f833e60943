// A stuck reader must be distinguished from an idle one; otherwise operators ignore the alarm.
import { assert, describe, it } from "@effect/vitest"
import { renderConsumers } from "../../../src/cli/consumers.ts"
import { namedBacklogs } from "../../../src/client/consumer-registry.ts"
import { type ConsumerFacts, judgeConsumer } from "../../../src/protocol/market/consumers.ts"

const nowMs = 1_795_140_000_000
const facts = (more: Partial<ConsumerFacts>): ConsumerFacts => ({
  name: "research",
  filter: "md.tick.>",
  acknowledges: true,
  backlog: 0,
  ack_pending: 0,
  redelivered: 0,
  waiting_pulls: 0,
  last_delivery_ms: nowMs - 1000,
  last_ack_ms: nowMs - 1000,
  created_ms: nowMs - 3_600_000,
  ...more
})
const state = (more: Partial<ConsumerFacts>, earlier?: { readonly backlog: number }) =>
  judgeConsumer(facts(more), nowMs, earlier).state

describe("a durable consumer", () => {
  it("is idle without work, however long it has been silent", () => {
    assert.strictEqual(state({ last_ack_ms: nowMs - 3_600_000, last_delivery_ms: nowMs - 3_600_000 }), "idle")
  })
  it("is stuck after a minute without an acknowledgement", () => {
    assert.strictEqual(state({ backlog: 5, last_ack_ms: nowMs - 59_999 }), "working")
    assert.strictEqual(state({ backlog: 5, last_ack_ms: nowMs - 60_000 }), "stuck")
    assert.strictEqual(state({ backlog: 5, last_ack_ms: null, last_delivery_ms: null }), "stuck")
    assert.strictEqual(
      state({ backlog: 5, last_ack_ms: null, last_delivery_ms: null, created_ms: nowMs - 10 }),
      "working"
    )
  })
  it("is not stuck when the first tick after a quiet hour was delivered just now", () => {
    assert.strictEqual(
      state({ ack_pending: 1, last_ack_ms: nowMs - 3_600_000, last_delivery_ms: nowMs - 50 }),
      "working"
    )
    assert.strictEqual(
      state({ ack_pending: 1, last_ack_ms: nowMs - 3_600_000, last_delivery_ms: nowMs - 60_000 }),
      "stuck"
    )
  })
  it("is measured by its deliveries when it acknowledges nothing", () => {
    assert.strictEqual(state({ acknowledges: false, backlog: 5, last_ack_ms: null }), "working")
  })
  it("is behind while its backlog grows although it works", () => {
    assert.strictEqual(state({ backlog: 50 }, { backlog: 40 }), "behind")
    assert.strictEqual(state({ backlog: 40 }, { backlog: 40 }), "working")
  })
})

it("shows the reason of a stuck one and the number of temporary readers", () => {
  const stuck = judgeConsumer(facts({ backlog: 1234, last_ack_ms: nowMs - 90_000 }), nowMs)
  const text = renderConsumers({ stream: "MD_TICKS", consumers: [stuck], temporary: 1 }, nowMs)
  assert.match(text, /research\s+STUCK\s+1,234\s+0\s+0\s+1 s ago\n {2}acknowledged nothing for 90 s with 1234 unread/)
  assert.match(text, /MD_TICKS: 1 temporary reader beside$/)
  assert.match(renderConsumers({ stream: "S", consumers: [], temporary: 0 }, nowMs), /^No durable consumer reads S/)
})

it("U8: names that readers choose cannot make series without end: the furthest behind are named", () => {
  const many = Array.from({ length: 5000 }, (_, at) => ({
    consumer: `run-${at}`,
    messages: at,
    redelivered: 5000 - at
  }))
  const named = namedBacklogs(many)
  assert.lengthOf(named, 201)
  assert.deepStrictEqual(named[0], { consumer: "run-4999", messages: 4999, redelivered: 1 })
  assert.deepStrictEqual(named[200], { consumer: "other", messages: 4799, redelivered: 5000 })
  assert.strictEqual(namedBacklogs(many.slice(0, 200)).length, 200)
})
