// An order changes what a trading desk receives: it is carried out once, written down, and refused in one sentence.
import { assert, describe, it } from "@effect/vitest"
import { makeOperationOrders } from "../../src/app/operation-orders.ts"
import { makeOrderDesk } from "../../src/app/order-desk.ts"
import { makeSubscriptionVerbs } from "../../src/app/subscription-verbs.ts"
import { refusalOf, type SubscriptionRecord } from "../../src/domain/subscription-record.ts"
import type { SubscriptionDesk } from "../../src/ports/inbound/subscription-desk.ts"
import { ControlError, type ControlErrorCode } from "../../src/protocol/control.ts"
import type { AuditEntry } from "../../src/protocol/order.ts"
import { type SubscriptionMessage, type SymbolsReply, symbolsMax } from "../../src/protocol/subscriptions.ts"

const record = (instrumentId: string, over: Partial<SubscriptionRecord> = {}): SubscriptionRecord => ({
  subscriptionId: instrumentId,
  instrumentId,
  feed: "primary",
  state: "desired",
  createdMs: 0,
  sentMs: undefined,
  acknowledgedMs: undefined,
  refusal: undefined,
  firstTickMs: undefined,
  lastTickMs: undefined,
  ticks: 0,
  ...over
})

const setUp = (records: ReadonlyArray<SubscriptionRecord> = [], stopping = false) => {
  const entries: Array<AuditEntry> = []
  const wanted: Array<string> = []
  const held = [...records]
  let nowMs = 0
  let id = 0
  const desk: SubscriptionDesk = {
    feeds: ["primary"],
    records: () => held,
    exchangeOf: () => "SHFE",
    stalled: () => [],
    contracts: () => ["ag2702", "cu2701", "rb2701"].map((name) => ({ id: name, exchange: "SHFE" })),
    want: (instruments) => {
      wanted.push(...instruments)
      return { accepted: instruments, rejected: [] }
    },
    unwant: (instruments) => ({
      accepted: [],
      rejected: instruments.map((instrument) => ({ instrument, reason: "Not wanted" }))
    }),
    resubscribe: (instruments) => ({ accepted: instruments, rejected: [] })
  }
  const verbs = makeSubscriptionVerbs({
    instance: "t1",
    marketHours: "calendar",
    desk,
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms
      if (nowMs >= 200 && held.length === 0) held.push(record("rb2701", { acknowledgedMs: nowMs }))
    }
  })
  const order = makeOrderDesk({
    instance: "t1",
    audit: { append: (entry) => String(entries.push(entry)) },
    onEntry: () => undefined,
    stopping: () => stopping,
    nowMs: () => nowMs,
    nextId: () => String(++id)
  })
  const bytes = (request: unknown) => new TextEncoder().encode(JSON.stringify(request))
  const send = async (verb: "subscribe" | "unsubscribe" | "resubscribe", request: unknown) => {
    try {
      return (await order(verbs[verb])(bytes(request), undefined)) as SymbolsReply
    } catch (error) {
      if (error instanceof ControlError) return error.code
      throw error
    }
  }
  return { entries, wanted, verbs, send, order, bytes }
}

describe("orders for symbols", () => {
  it("name each symbol once in the reply, whatever it was called, and say why one is not taken", async () => {
    const { entries, send, wanted } = setUp()
    const reply = await send("subscribe", {
      symbols: ["rb2701", "rb2701", "rb2701.SHFE", "cu2701.DCE", "xx9999", "", " ag2702 "],
      reason: "night session"
    })
    assert.deepInclude(reply as SymbolsReply, {
      accepted: ["rb2701", "ag2702"],
      rejected: [
        { symbol: "cu2701.DCE", reason: "Wrong exchange: cu2701 trades on SHFE" },
        { symbol: "xx9999", reason: "Unknown instrument: no contract list has it" },
        { symbol: "", reason: "Symbol cannot be empty" }
      ],
      waited: false
    })
    assert.deepStrictEqual(wanted, ["rb2701", "ag2702"])
    assert.deepStrictEqual(
      entries.map(({ result, reason }) => [result, reason]),
      [
        ["accepted", "night session"],
        ["done", "night session"]
      ]
    )
  })

  it("wait for the front's answers when asked to, and no longer than asked", async () => {
    const waited = (await setUp().send("subscribe", { symbols: ["rb2701", "cu2701"], wait_ms: 1000 })) as SymbolsReply
    assert.deepInclude(waited, { accepted: ["rb2701"], pending: ["cu2701"], waited: true })
    const refused = setUp([record("rb2701", { refusal: refusalOf(16, "no such instrument", 0) })])
    const reply = (await refused.send("subscribe", { symbols: ["rb2701"], wait_ms: 1000 })) as SymbolsReply
    assert.deepStrictEqual(reply.rejected, [{ symbol: "rb2701", reason: "INSTRUMENT_NOT_FOUND: no such instrument" }])
  })

  it("that ask once more wait for a new answer, whatever the front said before", async () => {
    const { send } = setUp([
      record("rb2701", { refusal: refusalOf(16, "long ago", -5) }),
      record("cu2701", { acknowledgedMs: -5 })
    ])
    const again = (await send("resubscribe", { symbols: ["rb2701", "cu2701"], wait_ms: 300 })) as SymbolsReply
    assert.deepStrictEqual([again.pending, again.accepted, again.rejected], [["rb2701", "cu2701"], [], []])
  })

  it("are refused whole: empty, too many, of wrong types, with an unknown field, while the daemon drains", async () => {
    const many = Array.from({ length: symbolsMax + 1 }, (_, at) => `x${at}`)
    const cases: ReadonlyArray<readonly [unknown, ControlErrorCode]> = [
      [{ symbols: [] }, "NOTHING_ASKED"],
      [{ symbols: many }, "TOO_MANY_SYMBOLS"],
      [{ symbols: Array.from({ length: 100_000 }, (_, at) => `longer${at}`) }, "REQUEST_TOO_LARGE"],
      [{ symbols: "rb2701" }, "MALFORMED_REQUEST"],
      [{ symbols: [1] }, "MALFORMED_REQUEST"],
      [{ symbols: ["rb2701"], force: true }, "UNKNOWN_FIELD"],
      [{ symbols: ["rb2701"], feed: "third" }, "UNKNOWN_FEED"],
      [[], "MALFORMED_REQUEST"]
    ]
    for (const [request, code] of cases) {
      const { entries, send, wanted } = setUp()
      assert.strictEqual(await send("subscribe", request), code)
      assert.deepStrictEqual(wanted, [])
      assert.deepStrictEqual(
        entries.map((entry) => [entry.result, entry.code]),
        [["refused", code]]
      )
    }
    assert.strictEqual(await setUp([], true).send("subscribe", { symbols: ["rb2701"] }), "STOPPING")
  })

  it("with a request_id are carried out once; the id cannot be used for something else", async () => {
    const { entries, send, wanted } = setUp()
    const request = { symbols: ["rb2701"], request_id: "r1" }
    const first = await send("subscribe", request)
    assert.strictEqual(await send("subscribe", request), first)
    assert.deepStrictEqual(wanted, ["rb2701"])
    assert.strictEqual(await send("subscribe", { ...request, symbols: ["cu2701"] }), "DUPLICATE_REQUEST_ID")
    assert.strictEqual(await send("unsubscribe", request), "DUPLICATE_REQUEST_ID")
    assert.deepStrictEqual(
      entries.map(({ result }) => result),
      ["accepted", "done", "refused", "refused"]
    )
  })

  it("keep long lists out of the audit", async () => {
    const { entries, send } = setUp()
    await send("subscribe", { symbols: Array.from({ length: 500 }, (_, at) => `x${at}`) })
    assert.deepInclude(entries[0]?.request["symbols"] as object, { count: 500 })
  })
})

describe("the wanted set", () => {
  const records = Array.from({ length: 7 }, (_, at) =>
    record(`rb270${at}`, at === 3 ? { state: "rejected", refusal: refusalOf(16, "no", 0) } : {})
  )

  it("is told page by page, each record once, over a set that changes in between", () => {
    const { verbs } = setUp(records)
    const seen: Array<string> = []
    let cursor: string | null = null
    do {
      const page = verbs.active({ limit: 3, ...(cursor === null ? {} : { cursor }) })
      assert.strictEqual(page.total, 7)
      for (const one of page.subscriptions) seen.push((one as SubscriptionMessage).base_symbol)
      cursor = page.next_cursor
    } while (cursor !== null)
    assert.deepStrictEqual(
      seen,
      records.map(({ instrumentId }) => instrumentId)
    )
  })

  it("is told in the strings of the reference service too, by state, and by feed", () => {
    const { verbs } = setUp(records)
    assert.deepStrictEqual(verbs.active({ symbols_only: true, limit: 2 }).subscriptions, ["rb2700.SHFE", "rb2701.SHFE"])
    assert.strictEqual(verbs.active({ symbols_only: true }).truncated, false)
    assert.strictEqual(verbs.active({ state: "rejected" }).total, 1)
    assert.throws(() => verbs.active({ feed: "backup" }), ControlError)
    assert.throws(() => verbs.active({ state: "half" }), ControlError)
    assert.throws(() => verbs.active({ cursor: "gone" }), ControlError)
  })
})

describe("orders for the process", () => {
  it("name what does not exist, and tell why a child was not restarted", async () => {
    const { bytes, order } = setUp()
    const done: Array<string> = []
    const orders = makeOperationOrders({
      instance: "t1",
      children: () => ["line/publisher", "front-primary/session"],
      operations: {
        restartChild: async (path) => {
          if (path === "line/publisher") throw new Error("it runs")
          done.push(path)
        },
        setLogLevel: (level) => void done.push(level),
        refreshContracts: undefined,
        drain: () => void done.push("drain")
      },
      nowMs: () => 0
    })
    const code = async (run: () => unknown) => {
      try {
        await run()
        return "done"
      } catch (error) {
        return error instanceof ControlError ? error.code : String(error)
      }
    }
    assert.strictEqual(await code(() => order(orders.restart)(bytes({ child: "root/x" }), undefined)), "UNKNOWN_CHILD")
    assert.strictEqual(
      await code(() => order(orders.restart)(bytes({ child: "line/publisher" }), undefined)),
      "NOT_NOW"
    )
    assert.strictEqual(
      await code(() => order(orders.logLevel)(bytes({ level: "LOUD" }), undefined)),
      "MALFORMED_REQUEST"
    )
    // There is no source of contracts: refused before it is audited as begun.
    assert.strictEqual(await code(() => order(orders.contractsRefresh)(bytes({}), undefined)), "NOT_NOW")
    for (const [one, request] of [
      [orders.restart, { child: "front-primary/session" }],
      [orders.logLevel, { level: "DEBUG" }],
      [orders.drain, {}]
    ] as const) {
      assert.strictEqual(await code(() => order(one as never)(bytes(request), undefined)), "done")
    }
    assert.deepStrictEqual(done, ["front-primary/session", "DEBUG", "drain"])
  })
})
