// Clients page through 20,000 records while commands change them: no record that stays may be missed or listed twice,
// and each page must fit into a message.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf, type SubscriptionRecord } from "../../../../../src/kernel/instrument/subscription-record.ts"
import { makeSubscriptionQueries } from "../../../../../src/market/layers/control/subscription-queries.ts"
import type { SubscriptionHandler } from "../../../../../src/market/ports/subscription-handler.ts"
import { ControlError, replyBytesMax } from "../../../../../src/protocol/control/control.ts"
import {
  type ActiveRequest,
  type ContractsRequest,
  pageMax,
  type SubscriptionMessage
} from "../../../../../src/protocol/market/subscriptions.ts"
import { subscriptionRecord } from "../../../../support/subscription-record.ts"

const record = (number: number, instrumentId: string, over: Partial<SubscriptionRecord> = {}) =>
  subscriptionRecord(`${over.feed ?? "primary"}-${number}`, instrumentId, over)

const setUp = (
  records: ReadonlyArray<SubscriptionRecord>,
  contracts: ReadonlyArray<{ readonly id: string; readonly exchange: string }> = [],
  lateMs: SubscriptionHandler["lateMs"] = () => 0
) => {
  const held = [...records]
  const handler: SubscriptionHandler = {
    feeds: ["primary", "backup"],
    records: () => held,
    exchangeOf: () => "SHFE",
    stalled: () => [],
    lateMs,
    lastDayOf: () => undefined,
    contracts: () => contracts,
    want: () => ({ accepted: [], rejected: [] }),
    unwant: () => ({ accepted: [], rejected: [] }),
    resubscribe: () => ({ accepted: [], rejected: [] })
  }
  const queries = makeSubscriptionQueries({ instance: "t1", marketHours: "calendar", handler })
  return {
    held,
    active: (request: ActiveRequest) => Effect.runSync(queries.subscriptions(request)),
    contracts: (request: typeof ContractsRequest.Type) => Effect.runSync(queries.contracts(request))
  }
}

const some = Array.from({ length: 7 }, (_, at) =>
  record(at + 1, `rb270${at}`, at === 3 ? { state: "rejected", refusal: refusalOf(16, "no", 0) } : {})
)

/** Every page to the end, with an action before each next one. */
const pages = (
  ask: (cursor: string | undefined) => { readonly page: ReadonlyArray<string>; readonly next: string | null },
  between: () => void = () => undefined
) => {
  const seen: Array<string> = []
  let cursor: string | undefined
  for (let count = 0; count < 50; count++) {
    const { next, page } = ask(cursor)
    seen.push(...page)
    if (next === null) return seen
    cursor = next
    between()
  }
  throw new Error("the pages do not end")
}

describe("the wanted set", () => {
  it("is listed page by page, each record once, feed by feed", () => {
    const { active } = setUp([
      ...some.map((one) => ({ ...one, feed: "backup", subscriptionId: `backup-${one.instrumentId.slice(-1)}` })),
      ...some
    ])
    const seen = pages((cursor) => {
      const { next_cursor, subscriptions, total } = active({ limit: 3, ...(cursor !== undefined && { cursor }) })
      assert.strictEqual(total, 14)
      return {
        page: (subscriptions as ReadonlyArray<SubscriptionMessage>).map((one) => `${one.feed} ${one.base_symbol}`),
        next: next_cursor
      }
    })
    assert.deepStrictEqual(seen, [
      ...some.map(({ instrumentId }) => `primary ${instrumentId}`),
      ...some.map(({ instrumentId }) => `backup ${instrumentId}`)
    ])
  })

  it("is listed to the end while records leave, come, and take the places of those that left", () => {
    const { active, held } = setUp(some)
    let number = some.length
    const seen = pages(
      (cursor) => {
        const { next_cursor, subscriptions } = active({ limit: 2, ...(cursor !== undefined && { cursor }) })
        return {
          page: (subscriptions as ReadonlyArray<SubscriptionMessage>).map(({ subscription_id }) => subscription_id),
          next: next_cursor
        }
      },
      // The cursor's record is removed, and a new instrument takes its row.
      () => {
        if (number < 9) held[number === 7 ? 1 : 3] = record(++number, `cu270${number}`)
      }
    )
    assert.deepStrictEqual(
      seen,
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((one) => `primary-${one}`)
    )
  })

  it("is listed in the strings of the reference service too, by state, and by feed", () => {
    const { active, held } = setUp(some)
    assert.deepStrictEqual(active({ symbols_only: true, limit: 2 }).subscriptions, ["rb2700.SHFE", "rb2701.SHFE"])
    assert.strictEqual(active({ symbols_only: true }).truncated, false)
    assert.strictEqual(active({ state: "rejected" }).total, 1)
    assert.throws(() => active({ feed: "nowhere" }), ControlError, /primary, backup/)
    assert.throws(() => active({ state: "half" }), ControlError, /desired, sent/)
    held.splice(1, 1)
    assert.deepStrictEqual(active({ symbols_only: true, limit: 1, cursor: "rb2701.SHFE" }).subscriptions, [
      "rb2702.SHFE"
    ])
  })

  it("has no place for a cursor of another list", () => {
    for (const cursor of ["gone", "nowhere/nowhere-1", "primary/backup-1", "primary/primary-x", "primary"]) {
      assert.throws(() => setUp(some).active({ cursor }), ControlError, /no cursor of this list/)
    }
    assert.deepStrictEqual(setUp(some).active({ cursor: "primary/primary-7" }).subscriptions, [])
  })

  it("fits into a message when every record is as large as it gets", () => {
    const refusal = refusalOf(6000, "CTP:".padEnd(40, "订"), 0)
    const moment = { sentMs: 1, acknowledgedMs: 1, firstTickMs: 1, lastTickMs: 1, ticks: 1_000_000, refusal }
    const records = Array.from({ length: 2 * pageMax }, (_, at) =>
      record(at + 1, `SPC a2701&m2701-${at}`.padEnd(31, "x"), { ...moment, state: "rejected" })
    )
    const { active } = setUp(records)
    const seen = pages((cursor) => {
      const reply = active({ limit: 100_000, ...(cursor !== undefined && { cursor }) })
      assert.isAtMost(new TextEncoder().encode(JSON.stringify(reply)).length, replyBytesMax)
      return {
        page: (reply.subscriptions as ReadonlyArray<SubscriptionMessage>).map(({ base_symbol }) => base_symbol),
        next: reply.next_cursor
      }
    })
    assert.deepStrictEqual(
      seen,
      records.map(({ instrumentId }) => instrumentId)
    )
  })
})

describe("the catalogue", () => {
  it("of 100,000 contracts is listed in as few messages as carry it", () => {
    const ids = Array.from({ length: 100_000 }, (_, at) => `cu2701C${100_000 + at}`)
    const { contracts } = setUp(
      [],
      ids.map((id) => ({ id, exchange: "SHFE" }))
    )
    let asked = 0
    const seen = pages((cursor) => {
      asked++
      const reply = contracts(cursor === undefined ? {} : { cursor })
      assert.isAtMost(new TextEncoder().encode(JSON.stringify(reply)).length, replyBytesMax)
      assert.strictEqual(reply.truncated, reply.next_cursor !== null)
      return { page: reply.symbols, next: reply.next_cursor }
    })
    assert.strictEqual(asked, 3)
    assert.deepStrictEqual(
      seen,
      ids.map((id) => `${id}.SHFE`)
    )
  })

  it("is not called empty because one exchange has nothing, and knows its exchanges", () => {
    const { contracts } = setUp([], [{ id: "rb2701", exchange: "SHFE" }])
    const { source, symbols, total } = contracts({ exchange: "DCE" })
    assert.deepStrictEqual({ source, symbols, total }, { source: "cache", symbols: [], total: 0 })
    assert.throws(() => contracts({ exchange: "shfe" }), ControlError, /CFFEX, SHFE/)
    assert.strictEqual(setUp([]).contracts({}).source, "empty")
  })
})

it("R11: the answer names the feeds that are late, and by how much", () => {
  const { active } = setUp(some, [], (feed) => (feed === "backup" ? 95_400 : 0))
  assert.deepStrictEqual(active({}).late_ms, { backup: 95_400 })
  assert.notProperty(setUp(some).active({}), "late_ms")
})
